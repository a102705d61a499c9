"""What Python's own calendar and zone rules say, for calendar_test to compare with.

  months YEAR DAYS…        the lengths of that year's months
  zone NAME…               names of one set of rules; its lines follow
  offset SECONDS           from 1970-01-01 on
  change AT SECONDS        the offset from that moment (Unix time) on
"""

import calendar
import zoneinfo
from datetime import datetime, timezone
from pathlib import Path

# Some zones list their changes until here; afterwards all repeat by rules. Changes are further apart than the steps.
LISTED_UNTIL, LISTED_STEP = datetime(2090, 1, 1, tzinfo=timezone.utc), 6 * 86_400
RULES_UNTIL, RULES_STEP = datetime(2201, 1, 1, tzinfo=timezone.utc), 20 * 86_400


def month_lengths():
    for year in range(1970, 2421):
        print("months", year, *(calendar.monthrange(year, month)[1] for month in range(1, 13)))


def offset_at(zone, at):
    return int(datetime.fromtimestamp(at, zone).utcoffset().total_seconds())


def changes(zone):
    listed_until, end = int(LISTED_UNTIL.timestamp()), int(RULES_UNTIL.timestamp())
    at, offset = 0, offset_at(zone, 0)
    while at < end:
        later = at + (LISTED_STEP if at < listed_until else RULES_STEP)
        if offset_at(zone, later) == offset:
            at = later
            continue
        while later - at > 1:
            middle = (at + later) // 2
            if offset_at(zone, middle) == offset:
                at = middle
            else:
                later = middle
        at, offset = later, offset_at(zone, later)
        yield at, offset


def main():
    month_lengths()
    by_rules = {}
    # Which zone `localtime` is, the machine says.
    for name in sorted(zoneinfo.available_timezones() - {"localtime"}):
        rules = next(path for path in (Path(folder) / name for folder in zoneinfo.TZPATH) if path.is_file()).read_bytes()
        by_rules.setdefault(rules, []).append(name)
    for names in by_rules.values():
        zone = zoneinfo.ZoneInfo(names[0])
        print("zone", *names)
        print("offset", offset_at(zone, 0))
        for at, offset in changes(zone):
            print("change", at, offset)


main()
