# SPDX-License-Identifier: MIT
"""A disposable machine with a booted systemd: systemd-nspawn over a copy-on-write layer of a
minimal Debian, in a network namespace of the caller, without another network."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

BUILD = pathlib.Path(os.environ.get("SYNACKD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(os.environ.get("SYNACKD_SOURCE", ".")).resolve()
PACKAGES = BUILD / "packages"
INCLUDE = "systemd,systemd-sysv,dbus,iproute2,libcap2-bin"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
               "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive"}
# A control group outside the host's systemd, or none if the host has no control groups.
CGROUPS = [p for p in map(pathlib.Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd",
                                         "/sys/fs/cgroup"))
           if (p / "cgroup.procs").exists()]


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(77)


def output(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True,
                          **more).stdout


def mirror():
    """Returns the release and the mirror of this machine's own packages."""
    with open("/etc/os-release", encoding="utf-8") as f:
        release = dict(line.rstrip().split("=", 1) for line in f if "=" in line)
    name = release["VERSION_CODENAME"].strip('"')
    places = output("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
                    "Created-By: Packages")
    for line in places.splitlines():
        uri, codename, component = line.split()
        if codename == name and component == "main":
            return name, uri
    return skip("apt: no mirror of this release")


def root_of(package):
    """Returns the minimal system with the dependencies of `package` downloaded. The system is
    kept."""
    depends = output("dpkg-deb", "-f", package, "Depends")
    tag = hashlib.sha256(f"{depends}{INCLUDE}2".encode()).hexdigest()[:12]
    root = BUILD / f"system-root-{tag}"
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "system-root.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            for old in BUILD.glob("system-root-*"):
                shutil.rmtree(old)
            make_root(root, package)
    return root


def make_root(root, package):
    release, uri = mirror()
    draft = root.with_suffix(".draft")
    done = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={INCLUDE}",
         "--dpkgopt=path-exclude=/usr/share/locale/*",
         "--aptopt=Acquire::Languages \"none\"", "--aptopt=APT::Install-Recommends \"false\"",
         "--skip=cleanup/apt/cache,cleanup/apt/lists",
         f"--customize-hook=upload {package} /srv/first.deb",
         '--customize-hook=chroot "$1" apt-get install -y -qq --download-only /srv/first.deb',
         '--customize-hook=rm -f "$1/srv/first.deb" "$1/etc/resolv.conf" "$1/etc/hostname"',
         '--customize-hook=echo 127.0.0.1 localhost >"$1/etc/hosts"',
         '--customize-hook=echo uninitialized >"$1/etc/machine-id"',
         release, str(draft), uri], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        if "Temporary failure resolving" in done.stderr or "Could not connect" in done.stderr:
            skip("cannot reach a mirror of Debian")
        raise AssertionError(done.stderr[-4000:])
    draft.rename(root)


class Machine:
    """Boots at once. `namespace` is the network namespace, as `ip netns` names it; its creator
    joins it with others in /run/netns."""

    def __init__(self, root, namespace, place):
        self.name = namespace
        self.place = pathlib.Path(place)
        self.root = self.place / "root"
        self.groups = []
        self.stack = contextlib.ExitStack()
        try:
            self.mount(root)
            self.boot(namespace)
        except BaseException:
            self.close()
            raise

    def mount(self, root):
        self.do("mount", "-t", "tmpfs", "-o", "size=2G,mode=755", "tmpfs", self.place)
        self.stack.callback(self.do, "umount", self.place)
        for name in "up", "work", "root":
            (self.place / name).mkdir()
        self.do("mount", "-t", "overlay", "overlay", "-o",
                f"lowerdir={root},upperdir={self.place}/up,workdir={self.place}/work", self.root)
        self.stack.callback(self.do, "umount", self.root)

    def do(self, *command):
        output(*command)

    def own_groups(self):
        """Runs in the child process: moves it into its own control groups. Otherwise nspawn would
        leave groups in the host's."""
        for group in self.groups:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    def boot(self, namespace):
        for top in CGROUPS:
            group = top / f"machine-{self.name}"
            group.mkdir()
            self.groups.append(group)
            self.stack.callback(self.remove_group, group)
        log = open(self.place / "console", "w", encoding="utf-8")
        self.stack.callback(log.close)
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={self.root}", f"--machine={self.name}",
             f"--hostname={self.name}", "--register=no", "--keep-unit", "--link-journal=no",
             "--resolv-conf=off", "--timezone=off", "--console=pipe",
             "--capability=CAP_NET_ADMIN,CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf",
             f"--network-namespace-path=/run/netns/{namespace}",
             "--boot"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.own_groups,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self.stack.callback(self.end)
        self.leader = self.find_leader()
        self.run("systemctl", "is-system-running", "--wait", check=False)

    def find_leader(self):
        end = time.monotonic() + 30
        while time.monotonic() < end and self.nspawn.poll() is None:
            pid = self.nspawn.pid
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if children and pathlib.Path(f"/proc/{children[0]}/comm").read_text() == "systemd\n":
                self.leader = children[0]
                if self.run("test", "-S", "/run/systemd/private", check=False).returncode == 0:
                    return children[0]
            time.sleep(0.02)
        raise AssertionError("the machine does not boot: " + (self.place / "console").read_text())

    def run(self, *command, check=True, **more):
        done = subprocess.run(["nsenter", "-t", self.leader, "-a", *map(str, command)],
                              env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=120, **more)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(map(str, command))}: {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def out(self, *command):
        return self.run(*command).stdout.strip()

    def show(self, unit, *names):
        """Returns properties of a unit."""
        shown = dict(line.split("=", 1) for line in
                     self.out("systemctl", "show", unit, "-p", ",".join(names)).splitlines())
        return [shown[n] for n in names] if len(names) > 1 else shown[names[0]]

    def path(self, inside):
        """Returns the path of a file on the machine's disk, seen from the host; not of mounts
        inside."""
        return self.root / str(inside).lstrip("/")

    def end(self):
        if self.nspawn.poll() is None and hasattr(self, "leader"):
            self.run("systemctl", "poweroff", "--no-wall", check=False)
        for way in None, signal.SIGTERM, signal.SIGKILL:
            if way:
                self.nspawn.send_signal(way)
            try:
                self.nspawn.wait(15)
                return
            except subprocess.TimeoutExpired:
                pass

    def remove_group(self, group):
        for path, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(path)

    def close(self):
        self.stack.close()
        propagated = pathlib.Path(f"/run/systemd/nspawn/propagate/{self.name}")
        with contextlib.suppress(OSError):
            propagated.rmdir()
