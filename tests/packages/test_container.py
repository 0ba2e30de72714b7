#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Static checks of the container's files; tests/system runs them."""
import json
import os
import pathlib
import re
import subprocess
import unittest

import yaml

SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
MANIFEST = SOURCE / "packaging/kubernetes/synackd.yaml"
CONTAINERFILE = SOURCE / "packaging/container/Containerfile"


class Container(unittest.TestCase):
    def test_yamllint_is_silent(self):
        done = subprocess.run(["yamllint", "--strict", MANIFEST], text=True, capture_output=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_manifest(self):
        space, daemons = yaml.safe_load_all(MANIFEST.read_text())
        self.assertEqual((space["kind"], daemons["kind"]), ("Namespace", "DaemonSet"))
        self.assertEqual(daemons["metadata"]["namespace"], space["metadata"]["name"])
        template = daemons["spec"]["template"]
        self.assertEqual(daemons["spec"]["selector"]["matchLabels"], template["metadata"]["labels"])
        pod = template["spec"]
        container, = pod["containers"]
        self.assertEqual({m["name"] for m in container["volumeMounts"]},
                         {v["name"] for v in pod["volumes"]})
        # The pod shares no namespace of the node, and has no writable file of it.
        self.assertEqual({"hostNetwork", "hostPID", "hostIPC"} & set(pod), set())
        rights = container["securityContext"]
        self.assertEqual(rights["capabilities"]["drop"], ["ALL"])
        self.assertTrue(rights["readOnlyRootFilesystem"])
        self.assertFalse(rights["allowPrivilegeEscalation"])
        known = re.findall("SYNACKD_[A-Z]+",
                           (SOURCE / "packaging/container/entrypoint").read_text())
        self.assertEqual({e["name"] for e in container["env"]} - set(known), set())
        self.assertTrue(container["image"].endswith(
            ":" + re.search(r"^project\(synackd VERSION ([0-9.]+)",
                            (SOURCE / "CMakeLists.txt").read_text(), re.M)[1]))

    def test_containerfile(self):
        text = CONTAINERFILE.read_text().replace("\\\n", " ")
        steps = [line.split(None, 1) for line in text.splitlines()
                 if line and not line.startswith("#")]
        put = set()
        for what, rest in steps:
            self.assertIn(what, ("ARG", "FROM", "COPY", "WORKDIR", "RUN", "ENTRYPOINT"))
            if what == "COPY":
                source, target = rest.split()
                self.assertTrue((SOURCE / source).exists(), source)
                put.add(os.path.join(target, os.path.basename(source)))
        program, = json.loads(dict(steps)["ENTRYPOINT"])
        self.assertIn(program, put)
        self.assertTrue(os.access(SOURCE / "packaging/container/entrypoint", os.X_OK))


if __name__ == "__main__":
    unittest.main(verbosity=2)
