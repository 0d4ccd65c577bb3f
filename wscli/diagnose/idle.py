"""Who ends quiet connections after how long, and what of an answer tells that somebody is on the way.

The times are the defaults that the vendors document; who runs a proxy may have set any other.
"""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.rule import seen
from wscli.events import Evidence, ResponseReceived
from wscli.values import Value


class IdleLimit(Value):
    """One vendor's limit."""

    seconds: float
    who: str
    directive: str
    """What sets it, or that nothing does."""
    vendor: str
    """The key into what headers tell; empty where no header would."""
    is_total: bool = False
    """Whether it counts from the opening, quiet or not."""


LIMITS: tuple[IdleLimit, ...] = (
    IdleLimit(30, "Google Cloud's load balancer (30 s for the whole connection)", "timeoutSec of the backend service",
              "google", is_total=True),
    IdleLimit(50, "HAProxy with the timeouts of its example configuration (50 s)", "timeout tunnel 1h", "haproxy"),
    IdleLimit(55, "Heroku's router (55 s)", "nothing sets it: send something more often", "heroku"),
    IdleLimit(60, "nginx or ingress-nginx (proxy_read_timeout, 60 s)", "proxy_read_timeout 1h;", "nginx"),
    IdleLimit(60, "an AWS Application Load Balancer (idle timeout, 60 s)", "idle_timeout.timeout_seconds", "aws"),
    IdleLimit(60, "Apache httpd (ProxyTimeout, 60 s)", "ProxyTimeout 3600", "apache"),
    IdleLimit(100, "Cloudflare (100 s)", "only an Enterprise plan can change it: send something more often",
              "cloudflare"),
    IdleLimit(120, "IIS with Application Request Routing (120 s)", "the proxy timeout of ARR", "iis"),
    IdleLimit(240, "Azure (App Service, load balancer, 4 min)", "the idle timeout of the load balancer", "azure"),
    IdleLimit(240, "WSO2 API Manager (4 min)", "its WebSocket idle timeout", ""),
    IdleLimit(300, "Envoy or Istio (stream_idle_timeout, 5 min)", "stream_idle_timeout", "envoy"),
    IdleLimit(350, "an AWS Network Load Balancer, NAT gateway or VPC firewall (350 s)", "TCP keep-alive below 350 s",
              "aws"),
    IdleLimit(600, "AWS API Gateway (10 min)", "nothing sets it: send something more often", "api-gateway"),
    IdleLimit(600, "a Google Cloud firewall (idle TCP connections, 10 min)", "TCP keep-alive below 10 min", "google"),
    IdleLimit(900, "WSO2 API Manager (15 min)", "its WebSocket idle timeout", ""),
    IdleLimit(7200, "AWS API Gateway (2 h for the whole connection)", "nothing sets it: connect again before",
              "api-gateway", is_total=True),
)  # fmt: skip
"""Every limit that is known, the shortest first."""

_HEADERS: tuple[tuple[str, str, str], ...] = (
    ("cf-ray", "", "cloudflare"),
    ("server", "cloudflare", "cloudflare"),
    ("server", "nginx", "nginx"),
    ("server", "openresty", "nginx"),
    ("server", "apache", "apache"),
    ("server", "awselb", "aws"),
    ("server", "envoy", "envoy"),
    ("server", "istio-envoy", "envoy"),
    ("server", "heroku", "heroku"),
    ("server", "microsoft-iis", "iis"),
    ("via", "google", "google"),
    ("via", "vegur", "heroku"),
    ("via", "heroku", "heroku"),
    ("x-amzn-requestid", "", "api-gateway"),
    ("x-amz-apigw-id", "", "api-gateway"),
    ("x-amzn-trace-id", "", "aws"),
    ("x-envoy-upstream-service-time", "", "envoy"),
    ("x-azure-ref", "", "azure"),
    ("x-ms-request-id", "", "azure"),
    ("arr-disable-session-affinity", "", "azure"),
    ("x-powered-by", "arr/", "iis"),
)
"""Header, what its value holds, whose it is."""
_HOSTS = ((".execute-api.", "api-gateway"), (".herokuapp.com", "heroku"), (".azurewebsites.net", "azure"),
          (".run.app", "google"))  # fmt: skip


def vendors_of(case: Case) -> dict[str, Evidence]:
    """Return whom the headers of the answer name, or the host's name does, each with what says so."""
    found: dict[str, Evidence] = {}
    for field in case.response.fields if case.response is not None else ():
        for name, part, vendor in _HEADERS:
            if field.name.lower() == name and part in field.value.lower():
                found.setdefault(vendor, seen(ResponseReceived, f"{field.name}: {field.value}"))
    host = "" if case.request is None else (case.request.fields.get("Host") or "").lower()
    for part, vendor in _HOSTS:
        if part in host:
            found.setdefault(vendor, seen(ResponseReceived, f"Host: {host}"))
    return found


def matches(limit: float, seconds: float) -> bool:
    """Return whether a time is that limit, given how late timers of proxies fire and how coarse they are."""
    return limit - 0.5 <= seconds <= limit + max(2.0, limit * 0.02)


def limits_of(quiet: float, total: float) -> tuple[IdleLimit, ...]:
    """Return the limits that fit so many seconds of quiet, and of the whole connection."""
    return tuple(limit for limit in LIMITS if matches(limit.seconds, total if limit.is_total else quiet))


def interval_below(seconds: float) -> str:
    """Return a `--ping-interval` that stays well below a limit: 25 s mostly, half of it for the short ones."""
    return f"{min(25.0, max(0.5, seconds // 2)):g}"
