"""Whom the service lets in when more is asked than it can answer: decided in memory, before anything is done."""

from delegation.overload.gate import Gate, Overloaded, Reason, Ticket
from delegation.overload.rooms import Room, Rooms
from delegation.overload.shares import Shares

__all__ = ["Gate", "Overloaded", "Reason", "Room", "Rooms", "Shares", "Ticket"]
