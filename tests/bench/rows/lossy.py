# SPDX-License-Identifier: MIT
"""A second path from the clients to the server, through a router that loses packets randomly."""
import os
import subprocess

from lib import lab, virtual

LOSS = 1  # percent of the packets, in each direction
RULES = f"""
table ip loss {{
    chain forward {{
        type filter hook forward priority 0;
        numgen random mod 100 < {LOSS} counter drop
    }}
}}
"""
SERVER, CLIENT = "10.79.0.", "10.78.0."  # networks of the server and of the clients


class Router:
    """Interfaces `eth1` of the server and of the clients, and a namespace between them."""

    def __init__(self, server, client):
        self.server, self.client = server, client
        self.name = f"syn-router-{os.getpid()}"
        lab.run("ip", "netns", "add", self.name)
        try:
            self.connect(server, "srv", SERVER)
            self.connect(client, "cli", CLIENT)
            lab.set_sysctl(self.name, "ipv4/ip_forward", 1)
            lab.run("ip", "-n", client, "route", "add", f"{SERVER}0/24", "via", f"{CLIENT}254")
            lab.run("ip", "-n", server, "route", "add", f"{CLIENT}0/24", "via", f"{SERVER}254")
            lab.run("ip", "netns", "exec", self.name, "nft", "-f", "-", input=RULES, text=True)
        except BaseException:
            self.close()
            raise

    def connect(self, namespace, interface, network):
        lab.run("ip", "link", "add", "eth1", "netns", namespace, "type", "veth",
                "peer", "name", interface, "netns", self.name)
        for side, name, number in (namespace, "eth1", 1), (self.name, interface, 254):
            lab.run("ip", "-n", side, "addr", "add", f"{network}{number}/24", "dev", name)
            with lab.namespace(side, self.client):
                virtual.set_offload(name, False)
            lab.run("ip", "-n", side, "link", "set", name, "up")

    def lost(self):
        """Returns the number of packets that the router has lost."""
        listed = subprocess.run(
            ["ip", "netns", "exec", self.name, "nft", "list", "table", "ip", "loss"], check=True,
            capture_output=True, text=True).stdout
        words = listed.split()
        return int(words[words.index("packets") + 1])

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False)
        for side in self.server, self.client:
            subprocess.run(["ip", "-n", side, "link", "del", "eth1"], check=False,
                           stderr=subprocess.DEVNULL)
