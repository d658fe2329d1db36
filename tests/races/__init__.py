"""Races: things asked for at the same moment, of which exactly one outcome is right.

Most of them are sent to two servers that are threads of one process, which have nothing in common but the database;
test_processes.py and test_hosts.py let real processes race.
"""
