"""Earlier releases, as they were: what their processes do beside this release is tested with their own code.

Each archive is named for the newest migration of its release and holds what the store of that release consists of.
It is made once, from the last revision of this repository before the migration that follows, and never changed:

    git archive --format=zip -9 --output=tests/store/releases/0001.zip <revision> \
        delegation/__init__.py delegation/audit delegation/store

From the second one on it needs `delegation/tokens` too, with which the audit log is sealed.
"""
