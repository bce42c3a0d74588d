# SPDX-License-Identifier: GPL-2.0-or-later
"""The section of doc/gate.md: outcomes of comparisons come in, Markdown goes out."""

import math
import statistics
import time

import pool
import variants
from outcome import FAIL, INCONCLUSIVE, PASS, upper_bound

HEADING = "## Measured on real programs"
NAMES = {("base", "status"): "CPU", ("still", "status"): "CPU, `--waits`",
         ("still", "waits"): "waits"}


def share(k, n):
    return f"{100 * k / n:.0f} %" if n else "-"


def count(outcomes, status, what="status"):
    return sum(getattr(outcome, what) == status for outcome in outcomes)


def scatter(values):
    return statistics.stdev(values) / statistics.fmean(values)


def measured(names, name):
    """By all runs beside those of the base: how much more the function that is slower costs, where
    there is one, else the program; as a share of the program, with its standard error."""
    right = variants.expected(name)
    base, head = ([run.cost(right) if right else run.cpu_ns for run in names[side]]
                  for side in (variants.base_of(name), name))
    program = statistics.fmean(run.cpu_ns for run in names[variants.base_of(name)])
    more = statistics.fmean(head) - statistics.fmean(base)
    error = math.hypot(*(statistics.stdev(values) / math.sqrt(len(values))
                         for values in (base, head)))
    return f"{100 * more / program:+.1f} ± {100 * error / program:.1f} %"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"
    yield ""


class Section:
    def __init__(self, runs, outcomes, args):
        self.runs, self.outcomes, self.args = runs, outcomes, args

    def each(self, kind, *key):
        for found, outcomes in self.outcomes.items():
            if found[0] == kind and found[1:1 + len(key)] == key:
                yield found[1:], outcomes

    def lines(self):
        yield HEADING
        yield ""
        yield from self.about()
        yield from self.alike()
        yield from self.injected()
        yield from self.harmless()
        yield from self.waiting()

    def about(self):
        run = next(run for names in self.runs.values() for some in names.values()
                   for runs in some.values() for run in runs)
        machine, options = run.manifest["machine"], run.manifest["options"]
        args = self.args
        yield (f"`tests/gate/real/record.py DIR`, the same with `--noisy`, then"
               f" `tests/gate/real/evaluate.py DIR --alike {args.alike} --changed {args.changed}"
               f" --seed {args.seed}`;")
        yield (f"{time.strftime('%Y-%m-%d', time.gmtime(run.when))}, {machine['cpu_model']},"
               f" {machine['n_cpus']} CPUs, {machine['kernel'].split('-')[0]}, {options['event']}"
               f" at {options['frequency']} Hz; runs of `flametap ab`: {self.numbers()}.")
        yield (f"Each comparison draws runs of that pool and pairs them by time. It takes"
               f" {pool.LOOKS[0]} pairs, and where they do not decide {pool.LOOKS[1]}; alpha"
               f" {args.alpha:g}, no budget.")
        yield ""
        yield from table(("workload", "CPU time of a run", "samples", "scatter, quiet",
                          "scatter, noisy"),
                         (self.about_workload(workload) for workload in variants.STEPS
                          if workload in self.runs.get("quiet", {})))

    def numbers(self):
        return ", ".join(f"{sum(len(runs) for some in names.values() for runs in some.values())}"
                         f" {condition}" for condition, names in self.runs.items())

    def about_workload(self, workload):
        base = self.runs["quiet"][workload]["base"]
        scatters = []
        for condition in pool.CONDITIONS:
            names = self.runs.get(condition, {}).get(workload, {})
            values = [run.cpu_ns for run in names.get("base", [])]
            scatters.append(f"{100 * scatter(values):.1f} %" if len(values) > 1 else "-")
        return (workload, f"{statistics.fmean(run.cpu_ns for run in base) / 1e9:.3f} s",
                round(statistics.fmean(run.entry["samples"] for run in base)), *scatters)

    def alike(self):
        yield "### The same program on both sides"
        yield ""
        yield ("Paired anew each time; they share runs, so that no bound follows from their number."
               " Waits: what is said of the time off the CPU, which decides nothing.")
        yield ""
        rows = []
        for (condition, workload, base), outcomes in self.each("alike"):
            for what in ("status", "waits") if base == "still" else ("status",):
                n = len(outcomes)
                rows.append((condition, workload, NAMES[base, what], n,
                             *(share(count(outcomes, status, what), n)
                               for status in (FAIL, PASS, INCONCLUSIVE)), self.second(outcomes)))
        yield from table(("", "workload", "", "comparisons", "false FAIL", "PASS", "inconclusive",
                          "needed the second look"), rows)
        yield ("No run in two comparisons, of any variant with itself; the bound is that of Clopper"
               " and Pearson, 95 %, one-sided.")
        yield ""
        yield from table(("", "", "blocks", "false FAIL", "at most", "inconclusive"),
                         (row for what in ("status", "waits") for kind in ("two looks", "one look")
                          for row in self.blocks(kind, what)))

    def blocks(self, kind, what):
        both = []
        for condition in pool.CONDITIONS:
            some = [one for _, outcomes in self.each("blocks", condition, kind) for one in outcomes
                    if getattr(one, what) is not None]
            both += some
            if some:
                yield self.bound(kind, condition, some, what)
        if both:
            yield self.bound(kind, "both", both, what)

    @staticmethod
    def bound(kind, condition, outcomes, what):
        k, n = count(outcomes, FAIL, what), len(outcomes)
        return (kind + (", waits" if what == "waits" else ""), condition, n, k,
                f"{100 * upper_bound(k, n):.1f} %", share(count(outcomes, INCONCLUSIVE, what), n))

    @staticmethod
    def second(outcomes):
        return share(sum(outcome.n_pairs > pool.LOOKS[0] for outcome in outcomes), len(outcomes))

    def others(self, condition, workload, name, outcomes):
        """How many accuse somebody who is neither the function nor one of its callers."""
        right = variants.expected(name)
        callers = pool.callers_of(self.runs[condition][workload][name], right)
        return share(sum(bool(one.accused - callers - {right}) for one in outcomes), len(outcomes))

    def changed(self, injected):
        """(condition, workload, variant, outcomes), in the order of the tables."""
        found = [(*key, outcomes) for key, outcomes in self.each("changed")
                 if key[2] not in variants.WAITING and ("+" in key[2]) == injected]
        return sorted(found, key=lambda item: (pool.CONDITIONS.index(item[0]),
                                               variants.size(item[2]) if injected else 0,
                                               variants.VARIANTS.index(item[2]), item[1]))

    def injected(self):
        yield "### Slower by a known amount"
        yield ""
        yield ("Cost: how much more of the program's CPU time the function took in all runs of the"
               " variant than in all of the base, with its standard error. Found: FAIL. Root: FAIL"
               " with the right root frame. Others: somebody is accused who is neither the function"
               " nor one of its callers.")
        yield ""
        rows, sums = [], {}
        for condition, workload, name, outcomes in self.changed(True):
            n, size = len(outcomes), variants.size(name)
            found = count(outcomes, FAIL)
            root = sum(one.status == FAIL and one.root == variants.expected(name)
                       for one in outcomes)
            inconclusive = count(outcomes, INCONCLUSIVE)
            rows.append((condition, f"{size} %", name.split("+")[0], workload,
                         measured(self.runs[condition][workload], name), share(found, n),
                         share(root, n), self.others(condition, workload, name, outcomes),
                         share(inconclusive, n)))
            sums.setdefault((condition, size), []).append((n, found, root, inconclusive))
        totals = ((key, map(sum, zip(*parts))) for key, parts in sums.items())
        yield from table(("", "size", "comparisons", "found", "right root of these",
                          "inconclusive"),
                         ((condition, f"{size} %", n, share(found, n), share(root, found),
                           share(inconclusive, n))
                          for (condition, size), (n, found, root, inconclusive) in totals))
        yield from table(("", "size", "place", "workload", "cost", "found", "root", "others",
                          "inconclusive"), rows)

    def harmless(self):
        yield "### Faster, and changes of no cost"
        yield ""
        yield ("Cost: of all runs beside all of the base, by exact CPU time, with its standard error."
               " Who: all that were accused in any of the comparisons.")
        yield ""
        rows = []
        for condition, workload, name, outcomes in self.changed(False):
            n = len(outcomes)
            rows.append((condition, name, workload,
                         measured(self.runs[condition][workload], name), n,
                         share(count(outcomes, FAIL), n), share(count(outcomes, INCONCLUSIVE), n),
                         self.who(outcomes)))
        yield from table(("", "change", "workload", "cost", "comparisons", "FAIL", "inconclusive",
                          "who"), rows)

    @staticmethod
    def who(outcomes):
        some = sorted(set().union(*(one.accused for one in outcomes)))
        return ", ".join(f"`{one}`" for one in some[:4]) or "nobody"

    def waiting(self):
        yield "### Slower by waiting"
        yield ""
        yield ("Recorded with `--waits`; the size is of the program's CPU time. Found and root: FAIL"
               " of the time off the CPU, with the function that waits. CPU: FAIL of the time on it,"
               " which has not changed.")
        yield ""
        rows = []
        for (condition, workload, name), outcomes in self.each("changed"):
            if name not in variants.WAITING:
                continue
            n, found = len(outcomes), count(outcomes, FAIL, "waits")
            root = sum(one.waits == FAIL and one.waits_root == variants.expected(name)
                       for one in outcomes)
            rows.append((condition, f"{variants.size(name)} %", workload, n, share(found, n),
                         share(root, n), share(count(outcomes, INCONCLUSIVE, "waits"), n),
                         share(count(outcomes, FAIL), n), self.who(outcomes)))
        yield from table(("", "size", "workload", "comparisons", "found", "root", "inconclusive",
                          "CPU", "who"), rows)


def put_into(path, text):
    """Replaces the section in a document, or adds it at its end."""
    old = path.read_text()
    begin = old.find(HEADING)
    if begin < 0:
        path.write_text(old.rstrip("\n") + "\n\n" + text)
        return
    end = old.find("\n## ", begin)
    path.write_text(old[:begin] + text + (old[end:] if end >= 0 else ""))
