"""Who answered: a sample of each vendor's marks."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import Answer
from wscli.diagnose.vendors import BODIES, CERTIFICATES, HEADERS, marks_on
from wscli.wire.head import ResponseDecoder

SAMPLES: list[tuple[str, tuple[tuple[str, str], ...], str]] = [
    ("nginx", (("Server", "nginx/1.22.1"),), ""),
    ("nginx", (), "<hr><center>nginx/1.22.1</center>"),
    ("OpenResty", (("Server", "openresty/1.21.4.1"),), ""),
    ("OpenResty", (), "<hr><center>openresty</center>"),
    ("Kubernetes ingress-nginx", (("Strict-Transport-Security", "max-age=15724800; includeSubDomains"),), ""),
    ("Kubernetes ingress-nginx", (), "default backend - 404"),
    ("Apache", (("Server", "Apache/2.4.57 (Debian)"),), ""),
    ("Apache", (), "<address>Apache/2.4.57 (Debian) Server at h Port 80</address>"),
    ("HAProxy", (), "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n"),
    ("HAProxy", (), "<h1>400 Bad request</h1>\nYour browser sent an invalid request.\n"),
    ("Envoy", (("server", "istio-envoy"),), ""),
    ("Envoy", (("x-envoy-upstream-service-time", "3"),), ""),
    ("Envoy", (), "upstream connect error or disconnect/reset before headers. reset reason: connection failure"),
    ("Traefik", (), "no available server"),
    ("a Go program, as Traefik is one", (), "404 page not found\n"),
    ("Caddy", (("Server", "Caddy"),), ""),
    ("IIS", (("Server", "Microsoft-IIS/10.0"),), ""),
    ("IIS", (("Server", "Microsoft-HTTPAPI/2.0"),), ""),
    ("Cloudflare", (("Server", "cloudflare"), ("CF-RAY", "8f0000000000000-FRA")), ""),
    ("Cloudflare", (), "error code: 521"),
    ("AWS ALB", (("Server", "awselb/2.0"),), ""),
    ("AWS API Gateway", (("x-amzn-RequestId", "1"), ("x-amz-apigw-id", "Xyz=")), '{"message":"Forbidden"}'),
    ("AWS API Gateway", (), '{"message":"Missing Authentication Token"}'),
    ("CloudFront", (("Via", "1.1 abc.cloudfront.net (CloudFront)"), ("X-Amz-Cf-Id", "x")), ""),
    ("Azure App Service", (("Set-Cookie", "ARRAffinity=abc;Path=/;HttpOnly"),), ""),
    ("Azure Front Door", (("X-Azure-Ref", "0abc"),), ""),
    ("Azure Application Gateway", (("Server", "Microsoft-Azure-Application-Gateway/v2"),), ""),
    ("Google Cloud", (("Via", "1.1 google"),), ""),
    ("Google Cloud", (), "<h2>The server encountered a temporary error.<p>Please try again in 30 seconds.</h2>"),
    ("Heroku", (("Via", "1.1 vegur"),), ""),
    ("Heroku", (), '<iframe src="//www.herokucdn.com/error-pages/application-error.html">'),
    ("Fastly", (("X-Served-By", "cache-fra-1"), ("Via", "1.1 varnish")), ""),
    ("Fastly", (), "Fastly error: unknown domain: h."),
    ("Varnish", (("Via", "1.1 varnish (Varnish/7.1)"), ("X-Varnish", "32770")), ""),
    ("Varnish", (), "<h3>Guru Meditation:</h3>"),
    ("Akamai", (("Server", "AkamaiGHost"),), ""),
    ("Akamai", (), "https&#58;&#47;&#47;errors.edgesuite.net&#47;18"),
    ("lighttpd", (("Server", "lighttpd/1.4.69"),), ""),
    ("Squid", (("X-Squid-Error", "ERR_ACCESS_DENIED 0"),), ""),
    ("Express", (("X-Powered-By", "Express"),), ""),
    ("uvicorn", (("server", "uvicorn"),), ""),
    ("gunicorn", (("Server", "gunicorn"),), ""),
    ("Werkzeug", (("Server", "Werkzeug/3.0.1 Python/3.11"),), ""),
    ("Kestrel", (("Server", "Kestrel"),), ""),
    ("Tomcat", (), "<!doctype html><html><head><title>Apache Tomcat/10.1 - Error report</title>"),
    ("a server of files", (("Server", "SimpleHTTP/0.6 Python/3.11.2"),), ""),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "fields", "body"), SAMPLES)
def test_a_vendor_is_told_by_its_mark(vendor: str, fields: tuple[tuple[str, str], ...], body: str) -> None:
    head = ResponseDecoder().feed(Answer(404, fields).raw)
    assert head is not None
    mark = marks_on(head.fields, body)[0]
    assert vendor == mark.vendor.name
    assert mark.text in "\n".join([*(f"{name}: {value}" for name, value in fields), body])
    assert bool(body and not fields) <= mark.is_page


def test_every_vendor_has_a_sample() -> None:
    vendors = {vendor.name for _, _, vendor in HEADERS} | {vendor.name for _, vendor in BODIES}
    assert vendors | {vendor.name for _, vendor in CERTIFICATES} == {name for name, _, _ in SAMPLES}


def test_each_vendor_says_what_an_upgrade_needs_without_a_full_stop() -> None:
    vendors = [vendor for _, _, vendor in HEADERS] + [vendor for _, vendor in BODIES]
    assert [] == [
        one.name for one in vendors if not one.upgrade or one.upgrade.endswith(".") or one.backend.endswith(".")
    ]


def test_an_answer_without_marks_is_nobodys() -> None:
    head = ResponseDecoder().feed(Answer(404, (("Server", "mine/1.0"), ("Via", "1.1 here"))).raw)
    assert head is not None
    assert () == marks_on(head.fields, "nothing here")
