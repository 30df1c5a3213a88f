"""verify.py KEYS.json AUDIENCE NOW reads a pass a line and prints "valid USER" or "invalid"."""
import base64, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

def decode(text):
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

path, audience, now = sys.argv[1:]
with open(path) as file:
    keys = {key["kid"]: Ed25519PublicKey.from_public_bytes(decode(key["x"])) for key in json.load(file)["keys"]}

def verify(token):
    """The user of a valid pass, or None. A shop also redeems it once, or another could use it too."""
    try:
        head, claims, signature = token.split(".")
        signed = f"{head}.{claims}".encode()
        head, claims = json.loads(decode(head)), json.loads(decode(claims))
        if head["typ"] != "usher-pass" or head["alg"] != "EdDSA":
            return None
        keys[head["kid"]].verify(decode(signature), signed)
        genuine = claims["iss"] == "usher" and claims["aud"] == audience and float(now) < claims["exp"]
        return claims["sub"] if genuine else None
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None

for line in sys.stdin.read().splitlines():
    user = verify(line)
    print(f"valid {user}" if user else "invalid")
