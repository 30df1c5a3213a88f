"""verify.py KEYS.json SEASON reads a code a line and prints "valid SEAT ID" or "invalid"."""
import base64, hashlib, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

keys = {}
for key in json.load(open(sys.argv[1], encoding="utf-8"))["keys"]:
    if key.get("usher_use") == "ticket":
        raw = base64.urlsafe_b64decode(key["x"] + "=")
        keys[hashlib.sha256(raw).digest()[:4]] = Ed25519PublicKey.from_public_bytes(raw)

def verify(code):
    """Season, seat and id of a genuine ticket, or None. A gate also admits each id once."""
    try:
        data = bytearray()
        for i in range(3, len(code), 3):
            digits = ["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".index(c) for c in code[i:i + 3]]
            data += sum(digit * 45 ** n for n, digit in enumerate(digits)).to_bytes(len(digits) - 1, "big")
        body, signature = bytes(data[:-64]), bytes(data[-64:])
        if not code.startswith("UT1") or len(code) % 3 == 1 or len(data) < 86:
            return None
        keys[body[:4]].verify(signature, b"usher-ticket/v1 " + body)
        end = 21 + body[20]  # of the season, after 20 bytes and its length
        return body[21:end].decode(), body[end + 1:].decode(), body[8:20].hex()
    except (ValueError, KeyError, OverflowError, InvalidSignature):
        return None

sys.stdout.reconfigure(encoding="utf-8")
for line in sys.stdin.buffer.read().decode("utf-8").split("\n")[:-1]:
    ticket = verify(line)
    print(f"valid {ticket[1]} {ticket[2]}" if ticket and ticket[0] == sys.argv[2] else "invalid")
