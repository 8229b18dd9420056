"""Seasons of passages that ice shuts for a part of the year."""

from __future__ import annotations

import calendar

from landbridge.errors import BadInput
from landbridge.network.edit import close
from landbridge.network.records import Network, Tag
from landbridge.units import DAYS_PER_YEAR


def season(tag: Tag) -> str:
    """'July to November'; '' where ships pass all year."""
    if not tag.first_month:
        return ""
    return f"{calendar.month_name[tag.first_month]} to {calendar.month_name[tag.last_month]}"


def shut_days(tag: Tag) -> float:
    """Days of the year outside the season."""
    return DAYS_PER_YEAR * (1.0 - len(tag.months) / 12.0)


def in_month(net: Network, month: int) -> Network:
    """The network as ships find it in a month (1 to 12): passages out of their season are shut. BadInput for others."""
    if month not in range(1, 13):
        raise BadInput(f"no month {month}", "--month", "give 1 (January) to 12 (December)")
    shut = [tag.id for tag in net.tags if month not in tag.months]
    return close(net, shut) if shut else net
