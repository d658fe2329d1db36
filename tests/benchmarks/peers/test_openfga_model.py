"""The model for OpenFGA: the same permissions, written its way."""

from authz_core import check, model_of, parse_json, parse_object, parse_relation, parse_subject, Relationship, Relationships
