# SPDX-License-Identifier: GPL-2.0-or-later
"""What flametap gate writes for CI systems is what they read. Needs no privileges."""

import json

import jsonschema

import schemas
import support

GOLDEN = support.ROOT / "tests" / "golden"
VERDICTS = ("fail", "pass", "invalid")


class Golden(support.Case):
    """The files that the unit tests compare with."""

    def test_json_is_as_its_schema_says(self):
        found = {name: schemas.read_gate_json(GOLDEN / f"gate_{name}.json") for name in VERDICTS}
        self.assertEqual({name: (what["verdict"], what["status"]) for name, what in found.items()},
                         {"fail": ("FAIL", 1), "pass": ("PASS", 0),
                          "invalid": ("INCOMPARABLE", 4)})

    def test_the_schema_refuses_what_is_not_as_it_says(self):
        whole = (GOLDEN / "gate_fail.json").read_text()
        for old, new in (('"p": 0.0039', '"p": 1.5'), ('"of": "total"', '"of": "sum"'),
                         ('"share"', '"shares"'), ('"phi": 1.25,', ""), ('"FAIL"', '"FAILED"'),
                         ('"p": 0.0039', '"p": NaN')):
            with self.subTest(old=old, new=new):
                path = self.dir / "broken.json"
                path.write_text(whole.replace(old, new, 1))
                self.assertNotEqual(path.read_text(), whole)
                with self.assertRaises((jsonschema.ValidationError, ValueError)):
                    schemas.read_gate_json(path)

    def test_junit_is_as_the_schema_says(self):
        for name, outcomes in (("fail", ["failure", "failure", "skipped", "skipped"]),
                               ("pass", ["passed"]), ("invalid", ["error"])):
            with self.subTest(name=name):
                root = schemas.read_junit(GOLDEN / f"gate_{name}.xml")
                self.assertEqual([case[0].tag if len(case) else "passed"
                                  for case in root.iter("testcase")], outcomes)

    def test_the_junit_schema_refuses(self):
        path = self.dir / "broken.xml"
        path.write_text((GOLDEN / "gate_fail.xml").read_text().replace("<skipped>", "<left-out/>"
                                                                       "<skipped>", 1))
        with self.assertRaises(AssertionError):
            schemas.read_junit(path)

    def test_benchmark(self):
        for name, n in (("fail", 1), ("pass", 1), ("invalid", 0)):
            found = json.loads((GOLDEN / f"gate_{name}.benchmark.json").read_text())
            self.assertEqual(len(found), n)
            for item in found:
                self.assertEqual(list(item), ["name", "unit", "value", "range", "extra"])
                self.assertIsInstance(item["value"], (int, float))
