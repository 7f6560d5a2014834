from shared.auth.actor import STAFF, Actor, Role

__all__ = ["STAFF", "Actor", "Role"]
