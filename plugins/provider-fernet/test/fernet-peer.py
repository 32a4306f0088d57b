"""Python's own Fernet, asked by JSON lines: seals plaintexts and opens tokens under a key."""

import json
import sys
from base64 import b64decode, b64encode

from cryptography.fernet import Fernet, InvalidToken


def opened(fernet, token):
    try:
        return b64encode(fernet.decrypt(token.encode("latin-1"))).decode()
    except InvalidToken:
        return None


for line in sys.stdin:
    question = json.loads(line)
    key = question.get("key") or Fernet.generate_key().decode()
    fernet = Fernet(key)
    answer = {
        "key": key,
        "tokens": [fernet.encrypt(b64decode(each)).decode() for each in question.get("plaintexts", [])],
        "plaintexts": [opened(fernet, each) for each in question.get("tokens", [])],
    }
    print(json.dumps(answer), flush=True)
