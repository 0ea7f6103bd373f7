"""What the application holds for its views, each thing by one name and with its type."""

from __future__ import annotations

from flask import current_app

from geo.serving.journal_door import JournalDoor
from geo.serving.missions import Missions
from geo.serving.own_missions import OwnMissions
from geo.serving.releases import Releases
from web.accounts.accounts import Accounts
from web.door_log import DoorLog
from web.settings import Settings


def library() -> Missions:
    missions: Missions = current_app.extensions["baqylau.library"]
    return missions


def own_missions() -> OwnMissions:
    own: OwnMissions = current_app.extensions["baqylau.own"]
    return own


def releases() -> Releases:
    published: Releases = current_app.extensions["baqylau.releases"]
    return published


def door() -> JournalDoor:
    journal: JournalDoor = current_app.extensions["baqylau.journal"]
    return journal


def people() -> Accounts:
    accounts: Accounts = current_app.extensions["baqylau.accounts"]
    return accounts


def settings() -> Settings:
    chosen: Settings = current_app.extensions["baqylau.settings"]
    return chosen


def door_log() -> DoorLog:
    log: DoorLog = current_app.extensions["baqylau.doors"]
    return log
