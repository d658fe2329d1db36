"""An embedded authorization engine: a model, the facts and a question go in, a decision with its proof comes out."""

from authz_core.conditions import (
    ConditionError,
    ConditionFailed,
    MissingContext,
    MissingLibrary,
    holds,
    validate_condition,
    validate_context,
)
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
from authz_core.evaluation.checking import Place, check, permitted
from authz_core.evaluation.principals import Holding
from authz_core.explanation.explaining import explain
from authz_core.explanation.explanation import Explanation
from authz_core.explanation.miss import Change, ChangeKind, Miss, MissKind
from authz_core.explanation.proof import Proof, Question, Step, StepKind
from authz_core.language.building import document_of, load_model, model_of
from authz_core.language.document import Document, Position
from authz_core.language.faults import Fault, InvalidDocument
from authz_core.language.json_reading import parse_json
from authz_core.language.json_writing import to_json
from authz_core.language.modules import merge_modules, module_path
from authz_core.language.printing import print_dsl
from authz_core.language.reading import parse_dsl
from authz_core.language.validation import validate_document
from authz_core.listing.answers import InvalidPage, Listing, Page, Unanswerable
from authz_core.listing.objects import list_objects
from authz_core.listing.relations import list_relations
from authz_core.listing.subjects import list_subjects
from authz_core.model.analysis import parts as parts_of
from authz_core.model.conditions import Condition, Parameter, ParameterKind, ParameterType
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
from authz_core.rbac.assignments import validate_assignment, validate_question
from authz_core.rbac.building import build_model
from authz_core.rbac.catalog import Catalog, Permission, ResourceType
from authz_core.rbac.document import catalog_from, environment_roles_from
from authz_core.rbac.environment import EnvironmentRoles
from authz_core.rbac.memberships import (
    EffectiveRole,
    MembershipRoles,
    RoleSource,
    after_group_change,
    effective_roles,
    mapped_roles,
)
from authz_core.rbac.organization import OrganizationRoles
from authz_core.rbac.placement import place
from authz_core.rbac.refusals import InvalidAssignment, InvalidQuestion, RoleConflict, RoleInUse, RoleUse, UnknownRole
from authz_core.rbac.soundness import validate_role
from authz_core.rbac.visible import VisibleRoles
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
from authz_core.relationships.index import Relationships
from authz_core.relationships.limits import WORK_LIMIT, Limits
from authz_core.relationships.relationship import Relationship, RelationshipCondition
from authz_core.relationships.situation import Situation
from authz_core.validation.asking import CONTEXTUAL, InvalidSituation, situation
from authz_core.validation.definitions import validate_model
from authz_core.validation.facts import validate_relationship
from authz_core.validation.flows import reached_from, warnings_of

__all__ = [
    "CONTEXTUAL",
    "WORK_LIMIT",
    "Allowed",
    "Catalog",
    "Change",
    "ChangeKind",
    "Computed",
    "Condition",
    "ConditionError",
    "ConditionFailed",
    "Conferred",
    "Decision",
    "Denied",
    "Direct",
    "Document",
    "EffectiveRole",
    "EngineError",
    "EnvironmentRoles",
    "Exclusion",
    "Explanation",
    "Fault",
    "FromParent",
    "Holding",
    "Intersection",
    "InvalidAssignment",
    "InvalidDocument",
    "InvalidModel",
    "InvalidPage",
    "InvalidPlacement",
    "InvalidQuestion",
    "InvalidReference",
    "InvalidRelationship",
    "InvalidSituation",
    "Limits",
    "Listing",
    "MembershipRoles",
    "Miss",
    "MissKind",
    "MissingContext",
    "MissingLibrary",
    "Model",
    "Object",
    "OrganizationRoles",
    "Page",
    "Parameter",
    "ParameterKind",
    "ParameterType",
    "Permission",
    "Place",
    "Position",
    "Proof",
    "Question",
    "Reason",
    "Relationship",
    "RelationshipCondition",
    "Relationships",
    "ResourceType",
    "Restriction",
    "Rewrite",
    "Role",
    "RoleConflict",
    "RoleInUse",
    "RoleSource",
    "RoleUse",
    "Situation",
    "Step",
    "StepKind",
    "Subject",
    "Unanswerable",
    "Union",
    "UnknownRelation",
    "UnknownRole",
    "UnknownType",
    "Userset",
    "VisibleRoles",
    "Wildcard",
    "after_group_change",
    "build_model",
    "catalog_from",
    "check",
    "document_of",
    "effective_roles",
    "environment_roles_from",
    "explain",
    "holds",
    "id_of",
    "kind_of",
    "list_objects",
    "list_relations",
    "list_subjects",
    "load_model",
    "mapped_roles",
    "merge_modules",
    "model_of",
    "module_path",
    "object_of",
    "parse_dsl",
    "parse_id",
    "parse_json",
    "parse_object",
    "parse_relation",
    "parse_subject",
    "parse_type",
    "parts_of",
    "permitted",
    "place",
    "print_dsl",
    "reached_from",
    "situation",
    "split_userset",
    "to_json",
    "type_of",
    "userset_of",
    "validate_assignment",
    "validate_condition",
    "validate_context",
    "validate_document",
    "validate_model",
    "validate_question",
    "validate_relationship",
    "validate_role",
    "warnings_of",
    "wildcard_of",
]
