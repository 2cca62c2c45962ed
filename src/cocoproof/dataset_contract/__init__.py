"""The dataset contract: what a project demands of its own datasets, beyond the format.

Attributes, counts, sizes and formats of images, names, licences and the balance of classes. Not to be confused with the contracts of
`cocoproof.testing`, which test exporters and importers.
"""

from cocoproof.dataset_contract.clauses import (
    AttributeClause,
    Bounds,
    ClauseType,
    CountClauses,
    DatasetContract,
    ImageClauses,
)
from cocoproof.dataset_contract.contract_file import contract_toml, inferred_toml, read_contract
from cocoproof.dataset_contract.infer import infer_contract
from cocoproof.dataset_contract.interpret import interpret

__all__ = [
    "AttributeClause",
    "Bounds",
    "ClauseType",
    "CountClauses",
    "DatasetContract",
    "ImageClauses",
    "contract_toml",
    "infer_contract",
    "inferred_toml",
    "interpret",
    "read_contract",
]
