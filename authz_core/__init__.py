"""An embedded authorization engine: a model, the facts and a question go in, a decision with its proof comes out."""

from authz_core.decision import Allowed, Decision, Denied, Reason
from authz_core.errors import (
    EngineError,
    InvalidModel,
    InvalidPlacement,
    InvalidReference,
    InvalidRelationship,
    UnknownRelation,
    UnknownType,
)
from authz_core.evaluation.checking import check, permitted
from authz_core.evaluation.principals import WORK_LIMIT, Holding
from authz_core.model.policy import Model, Role
from authz_core.model.rewrites import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Restriction,
    Rewrite,
    Union,
)
from authz_core.rbac.building import build_model
from authz_core.rbac.catalog import Catalog, Permission, ResourceType
from authz_core.rbac.document import catalog_from
from authz_core.rbac.placement import place
from authz_core.rbac.soundness import validate_role
from authz_core.references import (
    Object,
    Subject,
    Userset,
    Wildcard,
    id_of,
    kind_of,
    object_of,
    parse_id,
    parse_object,
    parse_relation,
    parse_subject,
    parse_type,
    split_userset,
    type_of,
    userset_of,
    wildcard_of,
)
from authz_core.relationships.index import Relationship, Relationships
from authz_core.validation.definitions import validate_model
from authz_core.validation.facts import validate_relationship

__all__ = [
    "WORK_LIMIT",
    "Allowed",
    "Catalog",
    "Computed",
    "Conferred",
    "Decision",
    "Denied",
    "Direct",
    "EngineError",
    "Exclusion",
    "FromParent",
    "Holding",
    "Intersection",
    "InvalidModel",
    "InvalidPlacement",
    "InvalidReference",
    "InvalidRelationship",
    "Model",
    "Object",
    "Permission",
    "Reason",
    "Relationship",
    "Relationships",
    "ResourceType",
    "Restriction",
    "Rewrite",
    "Role",
    "Subject",
    "Union",
    "UnknownRelation",
    "UnknownType",
    "Userset",
    "Wildcard",
    "build_model",
    "catalog_from",
    "check",
    "id_of",
    "kind_of",
    "object_of",
    "parse_id",
    "parse_object",
    "parse_relation",
    "parse_subject",
    "parse_type",
    "permitted",
    "place",
    "split_userset",
    "type_of",
    "userset_of",
    "validate_model",
    "validate_relationship",
    "validate_role",
    "wildcard_of",
]
