"""Who answered: proxies, clouds and servers, told by header fields and bodies; what each needs for an upgrade.

One row a vendor, one row a sign. A sign in the head is the whole field, a sign in a body the words that its own pages
have. `Server` is what the last hop wrote that cares to: several vendors may have left their mark on one answer.
"""

from __future__ import annotations

from wscli.values import Value
from wscli.wire.head import Fields


class Vendor(Value):
    """A maker of answers."""

    name: str
    upgrade: str
    """What lets an upgrade through it: the directive to set, or what it does by itself and what may stop that."""
    backend: str = "see in its log which backend it tried, and whether that one runs"
    """Where to look when it does not reach what is behind it."""
    slow_backend: str = (
        "see in its log which backend it waited for; raise its time limit only where that one is slow by nature"
    )
    """Where to look when what is behind it does not answer in time."""
    forwards: bool = True
    """Whether it passes an upgrade on without being told to."""
    is_proxy: bool = True
    """False for servers of applications: there is nothing behind them."""


_NGINX_SET = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'
_NGINX_BACKEND = (
    "look into nginx's error.log: `connect() failed` is a backend that is down, `upstream sent invalid header` one "
    "that speaks TLS or HTTP/2, `upstream prematurely closed` one that gave up"
)

_NGINX_SLOW = (
    "look into nginx's error.log for `upstream timed out`: while connecting, the backend's address is dead; while "
    "reading, it hangs (or needs a longer proxy_read_timeout)"
)

NGINX = Vendor("nginx", f"set in the location: {_NGINX_SET}", _NGINX_BACKEND, _NGINX_SLOW, forwards=False)
OPENRESTY = Vendor("OpenResty", NGINX.upgrade, _NGINX_BACKEND, _NGINX_SLOW, forwards=False)
INGRESS_NGINX = Vendor(
    "Kubernetes ingress-nginx",
    "ingress-nginx forwards upgrades by itself: compare host, path and pathType of the Ingress; the controller of F5 "
    "needs the annotation nginx.org/websocket-services: SERVICE",
    "kubectl get endpoints SERVICE: without a ready pod there is no backend",
)
APACHE = Vendor(
    "Apache",
    'set: ProxyPass "/PATH" "http://BACKEND/PATH" upgrade=websocket (2.4.47 and later; before, ws://BACKEND with '
    "mod_proxy_wstunnel)",
    "look into Apache's error_log: AH01114 is a backend that is down, AH01102 one that closed early",
    forwards=False,
)
HAPROXY = Vendor(
    "HAProxy",
    "HAProxy forwards upgrades in mode http; look for an http-request del-header or a use_backend rule that sends "
    "upgrades elsewhere",
    "see `show servers state` on its socket, and the termination state in its log: SC is a backend that is down",
)
ENVOY = Vendor(
    "Envoy",
    "allow it in the HttpConnectionManager or the route: upgrade_configs: [{upgrade_type: websocket}]",
    "see /clusters of the admin port, and the response flags in its access log: UF no connection, UH no healthy host",
    forwards=False,
)
TRAEFIK = Vendor(
    "Traefik",
    "Traefik forwards upgrades by itself: compare the router's rule with host and path; leave out middlewares that "
    "buffer or compress",
    "see its dashboard: a service without a healthy server answers `no available server`",
)
CADDY = Vendor(
    "Caddy",
    "Caddy's reverse_proxy forwards upgrades by itself: see which matcher takes this path, as handle /PATH* { "
    "reverse_proxy BACKEND }",
    "look into Caddy's log: `dial tcp` is a backend that is down",
)
IIS = Vendor(
    "IIS",
    'install the feature: Install-WindowsFeature Web-WebSockets; then <webSocket enabled="true" /> in web.config',
    "see the Application event log; 502.3 is ARR without a backend",
    forwards=False,
)
CLOUDFLARE = Vendor(
    "Cloudflare",
    "Cloudflare forwards upgrades where Network > WebSockets is on",
    "ask the origin's address itself: wscli connect --host NAME ws://ORIGIN/PATH",
)
ALB = Vendor(
    "AWS ALB",
    "an ALB forwards upgrades by itself to target groups of protocol version HTTP1, not HTTP2 or gRPC: see which "
    "listener rule takes this path",
    "see whether the target group has healthy targets",
)
API_GATEWAY = Vendor(
    "AWS API Gateway",
    "only a WebSocket API upgrades, at wss://ID.execute-api.REGION.amazonaws.com/STAGE: the stage belongs to the path",
    "see the log of the stage for the $connect integration",
    forwards=False,
)
CLOUDFRONT = Vendor(
    "CloudFront",
    "CloudFront forwards upgrades where the origin request policy passes Sec-WebSocket-Key, -Version, -Protocol and "
    "-Extensions, as the managed AllViewer does",
    "see whether the origin's domain, port and protocol policy are right",
)
APP_SERVICE = Vendor(
    "Azure App Service",
    "switch them on: az webapp config set --name APP --resource-group GROUP --web-sockets-enabled true",
    "see the Log stream: the app must run and listen on the port in WEBSITES_PORT",
    forwards=False,
)
FRONT_DOOR = Vendor(
    "Azure Front Door",
    "Front Door upgrades in the tiers Standard and Premium; classic does not",
    "see the health of the origin group",
)
APPLICATION_GATEWAY = Vendor(
    "Azure Application Gateway",
    "Application Gateway forwards upgrades by itself: see which listener and rule take this host and path",
    "see Backend health: a failing probe takes the backend out",
)
GOOGLE = Vendor(
    "Google Cloud",
    "a Google load balancer forwards upgrades to backends of protocol HTTP or HTTPS, not HTTP2; Cloud Run must not "
    "have --use-http2, and App Engine standard has no WebSocket",
    "see the backend's health check; statusDetails in the load balancer's log names the reason",
)
HEROKU = Vendor(
    "Heroku",
    "Heroku's router forwards upgrades by itself: the app must handle them on the web dyno",
    "heroku logs --tail names the code: H10 crashed, H12 timed out, H14 no web dyno",
)
FASTLY = Vendor(
    "Fastly",
    'switch WebSockets on for the service and return(upgrade) in vcl_recv where req.http.Upgrade ~ "(?i)websocket"',
    "see the health and the address of the backend in the service",
    forwards=False,
)
VARNISH = Vendor(
    "Varnish",
    'in vcl_recv: if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }; in vcl_pipe: set bereq.http.Upgrade = '
    "req.http.Upgrade; set bereq.http.Connection = req.http.Connection;",
    "varnishadm backend.list shows which backend is sick",
    forwards=False,
)
AKAMAI = Vendor(
    "Akamai",
    "add the behaviour WebSockets to the property, in a rule that matches this path",
    "the Reference # of the page leads to the reason in Akamai's diagnostic tools",
    forwards=False,
)
LIGHTTPD = Vendor("lighttpd", 'set: proxy.header = ("upgrade" => "enable")', forwards=False)
SQUID = Vendor("Squid", "reach the server through CONNECT, with wss://, or without this proxy", forwards=False)
EXPRESS = Vendor(
    "Express",
    "Node gives an upgrade that no 'upgrade' listener takes to Express as an ordinary request: attach the WebSocket "
    "server to this http.Server and this path",
    is_proxy=False,
)
UVICORN = Vendor(
    "uvicorn",
    "uvicorn takes upgrades once a WebSocket library is there: pip install 'uvicorn[standard]'; its log says "
    "`No supported WebSocket library detected` without one",
    is_proxy=False,
)
GUNICORN = Vendor(
    "gunicorn",
    "gunicorn's own workers know no WebSocket: gunicorn -k uvicorn.workers.UvicornWorker, for an ASGI application",
    is_proxy=False,
)
WERKZEUG = Vendor(
    "Werkzeug",
    "Flask routes no upgrade by itself: use flask-sock or flask-socketio, and see which path it is at",
    is_proxy=False,
)
KESTREL = Vendor(
    "Kestrel", "call app.UseWebSockets() before the endpoint, and accept the request there", is_proxy=False
)
TOMCAT = Vendor("Tomcat", "see in the log whether the endpoint was deployed at this path", is_proxy=False)
FILES = Vendor("a server of files", "this program serves files and knows no WebSocket", is_proxy=False)
GO = Vendor(
    "a Go program, as Traefik is one",
    "no handler or router has this path: compare it with the routes, host included",
    is_proxy=False,
)

HEADERS: tuple[tuple[str, str, Vendor], ...] = (
    ("CF-RAY", "", CLOUDFLARE),
    ("Server", "cloudflare", CLOUDFLARE),
    ("X-Amz-Cf-Id", "", CLOUDFRONT),
    ("Via", "(cloudfront)", CLOUDFRONT),
    ("Server", "cloudfront", CLOUDFRONT),
    ("x-amz-apigw-id", "", API_GATEWAY),
    ("apigw-requestid", "", API_GATEWAY),
    ("x-amzn-ErrorType", "", API_GATEWAY),
    ("Server", "awselb", ALB),
    ("Set-Cookie", "awsalb", ALB),
    ("X-Fastly-Request-ID", "", FASTLY),
    ("X-Served-By", "cache-", FASTLY),
    ("X-Varnish", "", VARNISH),
    ("Via", "varnish", VARNISH),
    ("Server", "akamai", AKAMAI),
    ("Akamai-GRN", "", AKAMAI),
    ("X-Akamai-Transformed", "", AKAMAI),
    ("X-Azure-Ref", "", FRONT_DOOR),
    ("Server", "microsoft-azure-application-gateway", APPLICATION_GATEWAY),
    ("Set-Cookie", "arraffinity", APP_SERVICE),
    ("X-Ms-Middleware-Request-Id", "", APP_SERVICE),
    ("Via", "google", GOOGLE),
    ("Server", "google frontend", GOOGLE),
    ("Via", "vegur", HEROKU),
    ("Via", "heroku-router", HEROKU),
    ("Server", "heroku", HEROKU),
    ("Server", "squid", SQUID),
    ("X-Squid-Error", "", SQUID),
    ("Strict-Transport-Security", "max-age=15724800", INGRESS_NGINX),
    ("Server", "envoy", ENVOY),
    ("x-envoy-upstream-service-time", "", ENVOY),
    ("Server", "openresty", OPENRESTY),
    ("Server", "nginx", NGINX),
    ("Server", "haproxy", HAPROXY),
    ("Server", "traefik", TRAEFIK),
    ("Server", "caddy", CADDY),
    ("Via", "caddy", CADDY),
    ("Server", "lighttpd", LIGHTTPD),
    ("Server", "microsoft-iis", IIS),
    ("Server", "microsoft-httpapi", IIS),
    ("Server", "apache-coyote", TOMCAT),
    ("Server", "apache", APACHE),
    ("Server", "uvicorn", UVICORN),
    ("Server", "gunicorn", GUNICORN),
    ("Server", "werkzeug", WERKZEUG),
    ("Server", "kestrel", KESTREL),
    ("Server", "simplehttp", FILES),
    ("X-Powered-By", "express", EXPRESS),
)
"""Field name, what its value holds (in lower case; empty for any value), whose it is. The outermost vendors first."""

BODIES: tuple[tuple[str, Vendor], ...] = (
    ("default backend - 404", INGRESS_NGINX),
    (">openresty", OPENRESTY),
    (">cloudflare<", CLOUDFLARE),
    ("error code: 10", CLOUDFLARE),
    ("error code: 52", CLOUDFLARE),
    (">nginx", NGINX),
    ("<address>apache", APACHE),
    ("speaking plain http to an ssl-enabled server port", APACHE),
    ("no server is available to handle this request", HAPROXY),
    ("the server returned an invalid or incomplete response", HAPROXY),
    ("the server didn't respond in time", HAPROXY),
    ("your browser sent an invalid request", HAPROXY),
    ("request forbidden by administrative rules", HAPROXY),
    ("upstream connect error or disconnect/reset before headers", ENVOY),
    ("no healthy upstream", ENVOY),
    ("upstream request timeout", ENVOY),
    ("no available server", TRAEFIK),
    ("missing authentication token", API_GATEWAY),
    ("herokucdn.com/error-pages", HEROKU),
    ("fastly error:", FASTLY),
    ("guru meditation", VARNISH),
    ("errors.edgesuite.net", AKAMAI),
    ("our services aren't available right now", FRONT_DOOR),
    ("microsoft-azure-application-gateway", APPLICATION_GATEWAY),
    ("this web app is stopped", APP_SERVICE),
    ("please try again in 30 seconds", GOOGLE),
    ("<title>apache tomcat", TOMCAT),
    ("cannot get /", EXPRESS),
    ("404 page not found", GO),
)
"""What a body holds (in lower case), whose page that is."""

CERTIFICATES: tuple[tuple[str, Vendor], ...] = (
    ("kubernetes ingress controller fake certificate", INGRESS_NGINX),
    ("traefik default cert", TRAEFIK),
)
"""Subjects of certificates that a proxy makes for itself where it was given none for the name."""


class Mark(Value):
    """What a vendor left on an answer."""

    vendor: Vendor
    text: str
    """The header line, or the words of the body."""
    is_page: bool = False
    """Whether the body is a page of the vendor's own: nothing behind it wrote the answer."""


def marks_on(fields: Fields, body: str) -> tuple[Mark, ...]:
    """Return who left a mark on an answer, each vendor once, its own page before its headers, outermost first."""
    marks: list[Mark] = []
    lower = body.lower()
    for words, vendor in BODIES:
        place = lower.find(words)
        if place >= 0:
            _add(marks, Mark(vendor, _line_at(body, place), is_page=True))
    for name, part, vendor in HEADERS:
        for field in fields:
            if field.name.lower() == name.lower() and part in field.value.lower():
                _add(marks, Mark(vendor, f"{field.name}: {field.value}"))
    return tuple(marks)


def _line_at(body: str, place: int) -> str:
    return body[place : place + 80].partition("\n")[0].strip()


def _add(marks: list[Mark], mark: Mark) -> None:
    if all(one.vendor is not mark.vendor for one in marks):
        marks.append(mark)
