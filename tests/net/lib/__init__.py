# SPDX-License-Identifier: MIT
"""Shared code of the tests with real clients. A test in the parent directory imports it as `from
lib import lab`."""
