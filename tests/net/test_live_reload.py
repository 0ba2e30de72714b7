#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a reload makes of what was changed live."""
from lib import lab
from lib.live import ENDPOINTS, Live

MINE = """
behaviours = { mine = { summary = "x"; rules = ( { on = "receive SYN"; drop = true; } ); }; };"""


class Reload(Live):
    def test_a_behaviour_that_the_new_config_does_not_know(self):
        self.lab.config(self.control + MINE + ENDPOINTS)
        self.ctl("reload")
        self.ctl("set", "a", "mine")
        self.ctl("add", "x", "127.0.0.1", "7200", "mine")
        self.lab.config(self.control + ENDPOINTS)
        said = "\n".join(self.ctl("reload")["warnings"])
        self.assertRegex(said, r"synackd.conf:\d+: a: warning: what was set live is undone")
        self.assertRegex(said, "x: warning: it was added live and goes on as it was")
        self.assertTrue(self.opens(7100))
        self.assertEqual([e["name"] for e in self.ctl("diff")], ["x"])


if __name__ == "__main__":
    lab.main()
