"""What in heads, URLs and command lines is a secret, and the same text without it.

Errs on the side of masking: a recording is made to be sent to somebody. What stays is what one needs to see that a
credential was there: the scheme, the cookie's name, the parameter's name.

Weak: a secret in the path of a URL (as some webhooks have) or in a message is not known to be one.
"""

from __future__ import annotations

MASK = "***"

_MARKED_NAMES = ("token", "secret", "password", "passwd", "apikey", "accesskey", "sessionid", "signature", "credential")
"""A name that ends like this, or has it with an `s`, names a secret; compared without case, `-`, `_` and `.`."""
_SECRET_NAMES = frozenset(
    ("auth", "authorization", "bearer", "code", "jwt", "key", "pass", "pwd", "session", "sid", "sig", "ticket")
)
"""Query parameters whose whole name says it."""
_CREDENTIAL_FIELDS = frozenset(("authorization", "proxy-authorization"))
_COOKIE_FIELDS = frozenset(("cookie", "cookie2"))
_SET_COOKIE_FIELDS = frozenset(("set-cookie", "set-cookie2"))
_PROTOCOL_FIELD = "sec-websocket-protocol"
_COOKIE_ATTRIBUTES = frozenset(
    ("expires", "max-age", "domain", "path", "secure", "httponly", "samesite", "partitioned", "priority", "version")
)
_TOKEN_MARKERS = ("bearer.", "token.", "api-key.", "apikey.", "api_key.", "auth.", "authorization.", "jwt.", "session.")
"""Where a subprotocol has one of these, what follows the last is the secret."""
_ANNOUNCING_PROTOCOLS = frozenset(
    (
        "access_token",
        "access-token",
        "accesstoken",
        "auth",
        "authorization",
        "bearer",
        "jwt",
        "token",
        "apikey",
        "api-key",
    )
)
"""Subprotocols that browsers' programs put before a token, since they can send no headers."""
_TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.")
_RANDOM_LENGTH = 20
_SHORT_NAME = 5
"""A subprotocol no longer than this is a name also where a token could stand."""
_NESTED_URLS = 3
"""How deep URLs inside the parameters of URLs are looked into."""


# --- Words -----------------------------------------------------------------------------------------------------------
def names_secret(name: str) -> bool:
    """Return whether a parameter, cookie attribute or option of this name holds a secret."""
    if "%" in name:
        from urllib.parse import unquote  # rare: somebody escaped the name itself

        name = unquote(name)
    plain = name.lower().replace("-", "").replace("_", "").replace(".", "").rstrip("[] +")
    return plain in _SECRET_NAMES or plain.removesuffix("s").endswith(_MARKED_NAMES)


def _field_names_secret(name: str) -> bool:
    # `code` and `key` alone say nothing in a header; Sec-WebSocket-Key is not secret, X-Api-Key is.
    plain = name.replace("-", "").replace("_", "")
    return plain.removesuffix("s").endswith((*_MARKED_NAMES, "auth", "jwt")) or plain.startswith("xauth")


def mask_web_tokens(text: str) -> str:
    """Return the text without JSON Web Tokens (RFC 7519), which begin with the base64 of `{"`."""
    start = text.find("eyJ")
    while start >= 0:
        end = start
        while end < len(text) and text[end] in _TOKEN_CHARACTERS:
            end += 1
        if end - start >= _RANDOM_LENGTH:
            text = text[:start] + MASK + text[end:]
            end = start + len(MASK)
        start = text.find("eyJ", end)
    return text


def _looks_random(text: str) -> bool:
    """Return whether a word has a long run of mixed letters and digits, or is a UUID."""
    for separator in ".:/,":
        text = text.replace(separator, " ")
    for run in text.split():
        compact = run.replace("-", "") if len(run) == 36 else run
        longest = max(map(len, compact.split("-")))
        if longest >= _RANDOM_LENGTH and any(map(str.isdigit, compact)) and any(map(str.isalpha, compact)):
            return True
    return False


# --- URLs ------------------------------------------------------------------------------------------------------------
def _mask_parameters(text: str, depth: int) -> str:
    """Return `name=value&…` with the values of secret names masked."""
    parts = text.split("&")
    for index, part in enumerate(parts):
        name, equals, value = part.partition("=")
        if not value:
            continue
        if names_secret(name) or _hides_secret(value, depth):
            # White space at the end stays: it is what is wrong with a malformed request line.
            parts[index] = f"{name}{equals}{MASK}{value[len(value.rstrip()) :]}"
    return "&".join(parts)


def _hides_secret(value: str, depth: int) -> bool:
    """Return whether a parameter's value, unescaped, is a URL with a secret in it."""
    if "%" not in value or depth >= _NESTED_URLS:
        return False
    from urllib.parse import unquote

    plain = unquote(value)
    return mask_url(plain, depth + 1) != plain


def _mask_user(body: str) -> str:
    """Return a URL without its query, its user-info masked; `user:password@host` counts without a scheme too."""
    prefix, slashes, rest = body.partition("//")
    if not slashes or (prefix and not prefix.endswith(":")):
        prefix, slashes, rest = "", "", body
    authority, slash, path = rest.partition("/")
    user, _, host = authority.rpartition("@")
    if not user or not (slashes or ":" in user) or " " in user:
        return body
    return f"{prefix}{slashes}{MASK}@{host}{slash}{path}"


def mask_url(url: str, depth: int = 0) -> str:
    """Return a URL, or a request target, without user-info and without the values of token-like parameters."""
    body, hash_mark, fragment = url.partition("#")
    body, question_mark, query = body.partition("?")
    body = _mask_user(body)
    if query:
        query = _mask_parameters(query, depth)
    if fragment:
        fragment = _mask_parameters(fragment, depth)
    return mask_web_tokens(f"{body}{question_mark}{query}{hash_mark}{fragment}")


# --- Header values ---------------------------------------------------------------------------------------------------
def _mask_credentials(value: str) -> str:
    """Return `Bearer ***` for a scheme and its credentials, `***` for anything else."""
    scheme, space, rest = value.partition(" ")
    is_scheme = space and rest.strip() and len(scheme) <= 20 and scheme.replace("-", "").isalnum()
    return f"{scheme} {MASK}" if is_scheme else MASK


def _mask_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return f"{pair[: len(pair) - len(pair.lstrip())]}{MASK}" if pair.strip() else pair
    return f"{name}={MASK}" if value.strip() else pair


def _mask_cookies(value: str) -> str:
    return ";".join([_mask_pair(pair) for pair in value.split(";")])


def _mask_attribute(attribute: str) -> str:
    name, _, value = attribute.partition("=")
    # A second `=` is a second cookie, joined with a comma by something on the way.
    return attribute if name.strip().lower() in _COOKIE_ATTRIBUTES and "=" not in value else _mask_pair(attribute)


def _mask_set_cookie(value: str) -> str:
    cookie, *attributes = value.split(";")
    return ";".join([_mask_pair(cookie), *map(_mask_attribute, attributes)])


def mask_subprotocol(name: str) -> str:
    """Return a subprotocol without the token that it carries, as `bearer.***`."""
    lower = name.lower()
    cuts = [place + len(marker) for marker in _TOKEN_MARKERS if (place := lower.rfind(marker)) >= 0]
    if cuts and len(name) > max(cuts):
        return name[: max(cuts)] + MASK
    without = mask_web_tokens(name)
    return MASK if without == name and _looks_random(name) else without


def _split_protocols(value: str) -> list[tuple[str, str]]:
    """Return each element of a list of subprotocols, white space and all, with what may be shown of it."""
    found: list[tuple[str, str]] = []
    is_announced = False
    for element in value.split(","):
        name = element.strip()
        masked = MASK if is_announced and len(name) > _SHORT_NAME else mask_subprotocol(name)
        found.append((element, element.replace(name, masked) if name else element))
        is_announced = name.lower() in _ANNOUNCING_PROTOCOLS
    return found


def secret_protocols(value: str) -> tuple[str, ...]:
    """Return the subprotocols in a list of them that are, or carry, a token; the longest first."""
    found = {element.strip() for element, masked in _split_protocols(value) if masked != element}
    return tuple(sorted(found, key=lambda name: (-len(name), name)))


def _mask_protocols(value: str) -> str:
    return ",".join([masked for _, masked in _split_protocols(value)])


def mask_value(name: str, value: str) -> str:
    """Return the value of a header without secrets; the name is compared without case."""
    key = name.strip().lower()
    if not value.strip():
        return value
    if key in _CREDENTIAL_FIELDS:
        return _mask_credentials(value)
    if key in _COOKIE_FIELDS:
        return _mask_cookies(value)
    if key in _SET_COOKIE_FIELDS:
        return _mask_set_cookie(value)
    if key == _PROTOCOL_FIELD:
        return _mask_protocols(value)
    if _field_names_secret(key):
        return MASK
    return mask_url(value) if "://" in value or "?" in value else mask_web_tokens(value)


def _is_secret_field(name: str) -> bool:
    """Return whether what continues a header of this name on the next line may be a secret."""
    return mask_value(name, "x") != "x" or name.strip().lower() == _PROTOCOL_FIELD


# --- Heads -----------------------------------------------------------------------------------------------------------
def _mask_start_line(line: str) -> str:
    method, space, rest = line.partition(" ")
    target, last_space, version = rest.rpartition(" ")
    if not last_space:
        target, version = rest, ""
    return f"{method}{space}{mask_url(target)}{last_space}{mask_url(version)}"


def _mask_field_line(line: str) -> str:
    name, colon, value = line.partition(":")
    if not colon:
        # A header line without its colon: `Cookie sid=1` is still a cookie.
        name, colon, value = line.partition(" ")
    text = value.strip()
    if not text:
        return line
    start = value.index(text)
    return f"{name}{colon}{value[:start]}{mask_value(name, text)}{value[start + len(text) :]}"


_METHODS = frozenset(("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"))
_HELD_AT_MOST = 1 << 20


def _looks_like_start(line: str, *, is_whole: bool) -> bool:
    """Return whether a head may begin with this line; for the beginning of a line, whether it still can."""
    word, space, _ = line.partition(" ")
    if space or is_whole:
        return word.startswith("HTTP/") or word in _METHODS or " HTTP/" in line
    return bool(word) and any(start.startswith(word) or word.startswith(start) for start in ("HTTP/", *_METHODS))


def mask_sentence(text: str) -> str:
    """Return what was said about a head, perhaps with a line of it, without secrets."""
    name = text.partition(":")[0]
    if (name != text and " " not in name) or _is_secret_field(text.partition(" ")[0]):
        text = _mask_field_line(text)
    return " ".join([mask_url(word) for word in text.split(" ")])


class HeadMasker:
    """Masks one side's heads in a stream that comes in pieces, cut anywhere; what is no head passes as it is.

    A line can only be judged whole: the beginning of one is held back until the piece that ends it.
    """

    def __init__(self) -> None:
        self._is_inside = False
        """Whether a head has begun and its empty line has not come."""
        self._is_start_line = False
        self._is_secret = False
        """Whether the line before held a secret; a folded line (obs-fold) goes on with it."""
        self._held = ""
        """The beginning of the line that the last piece ended in."""
        self._is_lost = False
        """Whether a line came that is too long to be held: nothing of it, or after it, is let through."""

    def mask(self, data: bytes) -> bytes:
        """Return the next piece of the stream without secrets, the very same object where there are none."""
        held, text = self._held, data.decode("latin-1")
        masked = self._mask_text(held + text)
        return data if masked == text and not held else masked.encode("latin-1")

    def finish(self) -> bytes:
        """Return what is held back, masked; the stream or the handshake has ended."""
        masked = self._mask_line(self._held) if self._held else ""
        self._held, self._is_inside = "", False
        return masked.encode("latin-1")

    def mask_whole(self, head: bytes) -> bytes:
        """Return a head that is all here, and is one whatever it looks like."""
        self._begin()
        masked = self.mask(head) + self.finish()
        return head if masked == head else masked

    def _begin(self) -> None:
        self._is_inside, self._is_start_line, self._is_secret = True, True, False

    def _mask_text(self, text: str) -> str:
        self._held = ""
        if self._is_lost:
            return MASK
        lines = text.split("\n")
        for index, line in enumerate(lines):
            is_whole = index + 1 < len(lines)
            if not self._is_inside:
                if is_whole and not line.removesuffix("\r"):
                    continue
                if not _looks_like_start(line, is_whole=is_whole):
                    break
                self._begin()
            lines[index] = self._mask_line(line) if is_whole else self._hold(line)
        return "\n".join(lines)

    def _hold(self, line: str) -> str:
        if len(line) > _HELD_AT_MOST:
            self._is_lost = True
            return MASK
        self._held = line
        return ""

    def _mask_line(self, line: str) -> str:
        body = line.removesuffix("\r")
        if not body:
            # Empty lines before the start line are skipped by tolerant readers (RFC 9112 §2.2).
            self._is_inside = self._is_start_line
            return line
        # A bare CR ends a line for some readers.
        return "\r".join([self._mask_part(part) for part in body.split("\r")]) + line[len(body) :]

    def _mask_part(self, part: str) -> str:
        if self._is_start_line:
            self._is_start_line = False
            return _mask_start_line(part)
        if part.startswith((" ", "\t")):
            text = part.strip()
            return part.replace(text, MASK) if self._is_secret and text else mask_url(part)
        masked = _mask_field_line(part)
        self._is_secret = masked != part or _is_secret_field(part.partition(":")[0])
        return masked


def mask_head(raw: bytes) -> bytes:
    """Return the bytes of one head without secrets, the very same object where there are none."""
    return HeadMasker().mask_whole(raw)


def mask_bytes(data: bytes) -> bytes:
    """Return bytes without secrets where they begin like a head, the very same object otherwise."""
    masker = HeadMasker()
    masked = masker.mask(data) + masker.finish()
    return data if masked == data else masked


# --- Command lines ---------------------------------------------------------------------------------------------------
_SECRET_OPTIONS = ("--user", "--bearer", "--pass", "--proxy-user", "--cookie", "-u", "-U", "-b")
_HEADER_OPTIONS = ("--header", "-H")
_VALUE_OPTIONS = (*_SECRET_OPTIONS, *_HEADER_OPTIONS)


def _mask_option(option: str, value: str) -> str:
    if option in _HEADER_OPTIONS:
        return _mask_field_line(value) if ":" in value else value
    user, colon, _ = value.partition(":")
    if option in ("--user", "--proxy-user", "-u", "-U"):
        return f"{user}:{MASK}" if colon else value
    if option in ("--cookie", "-b"):
        return _mask_cookies(value) if "=" in value else value
    return MASK


def _mask_words(words: list[str]) -> list[str]:
    masked: list[str] = []
    option = ""
    for word in words:
        if option:
            masked.append(_mask_option(option, word))
            option = ""
        elif word in _VALUE_OPTIONS:
            masked.append(word)
            option = word
        else:
            masked.append(_mask_word(word))
    return masked


def _mask_word(word: str) -> str:
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return f"{option}={_mask_option(option, value)}" if equals and option in _VALUE_OPTIONS else mask_url(word)
    if word[:2] in _VALUE_OPTIONS:
        return word[:2] + _mask_option(word[:2], word[2:])
    return mask_url(word)


def mask_command(command: str) -> str:
    """Return a command line, quoted for a shell, without the secrets in its options and URLs."""
    import shlex

    try:
        words = shlex.split(command)
    except ValueError:  # a quotation that never ends: what is in it can't be told
        return MASK
    masked = _mask_words(words)
    return command if masked == words else shlex.join(masked)
