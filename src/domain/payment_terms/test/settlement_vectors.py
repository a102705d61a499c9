#!/usr/bin/env python3
"""Settlements of canceled terms, computed a second time: with unbounded fractions and Python's own calendar.

    python3 settlement_vectors.py >settlement_vectors.txt

settlement_test.cpp reads what this writes: one settlement a line, its fields named in the first line."""
import calendar
import datetime
import random
from fractions import Fraction


def months_later(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def half_up(value):
    return (value + Fraction(1, 2)).__floor__()


def settle(total, start, months, method, penalty_bp, cooling_off_days, fee, minimum_earned_bp, refund_cap, canceled_on, paid, refunded):
    days = (months_later(start, months) - start).days
    since = (canceled_on - start).days
    elapsed = min(max(since, 0), days)
    net = paid - refunded
    if 0 < cooling_off_days and since < cooling_off_days:
        return dict(term_days=days, elapsed_days=elapsed, earned=0, refund=net, final_charge=0)
    if method == 'none':
        return dict(term_days=days, elapsed_days=elapsed, earned=net, refund=0, final_charge=0)
    used = Fraction(elapsed, days)
    earned = {
        'pro_rata': total * used,
        'short_rate': total * used + total * (1 - used) * Fraction(penalty_bp, 10_000),
        'flat': Fraction(0),
    }[method]
    earned = half_up(max(earned, total * Fraction(minimum_earned_bp, 10_000)))
    balance = net - earned - fee
    refund = max(0, balance) if refund_cap < 0 else min(max(0, balance), refund_cap)
    return dict(term_days=days, elapsed_days=elapsed, earned=earned, refund=refund, final_charge=max(0, -balance))


def main():
    chance = random.Random(95)
    print('total start months method penalty_bp cooling_off_days fee minimum_earned_bp refund_cap canceled_on paid refunded '
          'term_days elapsed_days earned refund final_charge')
    for _ in range(400):
        months = chance.choice([1, 2, 3, 6, 12, 12, 12, 24, 60, 600])
        start = datetime.date(2000, 1, 1) + datetime.timedelta(days=chance.randrange(36_500))
        end = months_later(start, months)
        total = chance.choice([chance.randrange(1, 100), chance.randrange(1, 1_000_000), chance.randrange(1, 10**15 + 1), 10**15])
        paid = chance.randrange(total + 1)
        given = dict(
            total=total, start=start, months=months, method=chance.choice(['pro_rata', 'short_rate', 'flat', 'none']),
            penalty_bp=chance.choice([0, 1, 1_000, 1_250, 3_333, 10_000]), cooling_off_days=chance.choice([0, 0, 0, 14, 30]),
            fee=chance.choice([0, 0, 1, 2_500, total]), minimum_earned_bp=chance.choice([0, 0, 2_500, 3_333, 10_000]),
            refund_cap=chance.choice([-1, -1, 0, 1, total // 2]),
            canceled_on=start + datetime.timedelta(days=chance.randrange(-40, (end - start).days + 40)),
            paid=paid, refunded=chance.randrange(paid + 1) if chance.random() < 0.3 else 0)
        print(*given.values(), *settle(**given).values())


if __name__ == '__main__':
    main()
