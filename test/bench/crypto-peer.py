"""Rekeys Fernet tokens with Python's cryptography for as long as it is told, and says at what rate."""

import json
import os
import sys
import time

from cryptography.fernet import Fernet

for line in sys.stdin:
    question = json.loads(line)
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    tokens = [old.encrypt(os.urandom(question["bytes"])) for _ in range(question["batch"])]
    rekeyed = 0
    started = time.process_time()
    while time.process_time() - started < question["seconds"]:
        for token in tokens:
            new.encrypt(old.decrypt(token))
        rekeyed += len(tokens)
    print(json.dumps({"rate": rekeyed / (time.process_time() - started)}), flush=True)
