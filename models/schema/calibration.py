"""What the own history has taught: strictnesses worked out from it, each with what it rests on."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, Table, Text

from models.schema.columns import ID, Instant, metadata

# One row a calibration; the newest that is in use and was not taken back holds.
calibration = Table(
    "calibration",
    metadata,
    Column("id", ID, primary_key=True),
    Column("strictness", Float, nullable=False),
    Column("budget_per_month", Float, nullable=False),
    Column("partners", Integer, nullable=False),  # watched then
    Column("partner_years", Float, nullable=False),
    Column("false_alarms", Integer, nullable=False),  # that the strictness would have brought over them
    Column("labels", Integer, nullable=False),  # silences that people had judged
    Column("model", Text, nullable=False),  # version of the detector
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),  # "monthly" or a person's name on this machine
    Column("in_use", Boolean, nullable=False),  # false = proposed
    Column("undone_at", Instant),
)
