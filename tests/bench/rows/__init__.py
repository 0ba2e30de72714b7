# SPDX-License-Identifier: MIT
"""The rows of tests/bench/run and their measurement."""
