"""A model that uses most of what there is: folders and documents shared with people, groups and everyone."""

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Model,
    Restriction,
    Union,
)

USER = Restriction("user")
AGENT = Restriction("agent")
EVERYONE = Restriction("user", wildcard=True)
MEMBER = Restriction("group", relation="member")
CREW = Restriction("team", relation="crew")
VIEWER = Restriction("folder", relation="viewer")

SHARING = Model(
    types={
        "user": {},
        "agent": {},
        "group": {"member": Direct((USER, AGENT, EVERYONE, MEMBER))},
        "team": {"owner": Direct((USER,)), "crew": Union((Direct((USER, CREW, MEMBER)), Computed("owner")))},
        "folder": {
            "parent": Direct((Restriction("folder"),)),
            "editor": Direct((USER, MEMBER, CREW)),
            "viewer": Union(
                (Direct((USER, EVERYONE, MEMBER, VIEWER)), Computed("editor"), FromParent("viewer", "parent"))
            ),
        },
        "doc": {
            "parent": Direct((Restriction("folder"),)),
            "owner": Direct((USER,)),
            "approver": Direct((USER, MEMBER)),
            "blocked": Direct((USER, EVERYONE, MEMBER)),
            "excused": Direct((USER,)),
            "viewer": Union((Direct((USER, EVERYONE, MEMBER)), FromParent("viewer", "parent"))),
            "reader": Exclusion(Computed("viewer"), Computed("blocked")),
            "publisher": Intersection((Computed("viewer"), Computed("approver"))),
            "forgiving": Exclusion(Computed("viewer"), Exclusion(Computed("blocked"), Computed("excused"))),
        },
    },
    delegable=frozenset({"folder", "doc"}),
)
