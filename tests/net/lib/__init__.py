# SPDX-License-Identifier: MIT
"""What the tests with real clients share. A test beside this directory says `from lib import
lab`."""
