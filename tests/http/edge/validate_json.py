"""Prints for each document in a file, one per line, whether it fits a JSON Schema: "valid", or what is wrong with it.

usage: validate_json.py SCHEMA DOCUMENTS
"""
import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
with open(sys.argv[2], encoding="utf-8") as file:
    for line in file:
        errors = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(json.loads(line))]
        print("; ".join(errors) if errors else "valid")
