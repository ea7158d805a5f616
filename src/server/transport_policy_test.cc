#include "server/transport_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace righttask::server {
namespace {

net::HttpRequest get(std::string path, std::string_view host = "app.example") {
  net::HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers.add("Host", std::string(host));
  return request;
}

std::string field(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(TransportPolicy, OpenModeIsNotServedThroughAProxy) {  // HTTP-21
  const TransportPolicy open{.refuse_forwarded = true};
  EXPECT_FALSE(refuse_by_transport(open, get("/")));
  for (const char* name : {"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via"}) {
    auto request = get("/socket/websocket");
    request.headers.add(name, "x");
    const auto refused = refuse_by_transport(open, request);
    ASSERT_TRUE(refused) << name;
    EXPECT_EQ(refused->status, 403);
    EXPECT_NE(as_text(*refused->body).find("--jwt-secret-file"), std::string_view::npos);
    EXPECT_FALSE(refuse_by_transport({}, request)) << "with tokens it is served";
    request.path = "/healthz";
    EXPECT_FALSE(refuse_by_transport(open, request));
  }
}

TEST(TransportPolicy, PlainHttpIsSentToHttps) {  // HTTP-22
  const TransportPolicy forced{.force_https = true};
  const struct {
    std::string_view host, want;
  } cases[] = {
      {"app.example", "https://app.example/a%20b?x=1"},
      {"app.example:8080", "https://app.example/a%20b?x=1"},
      {"[2001:db8::1]:80", "https://[2001:db8::1]/a%20b?x=1"},
      {"[2001:db8::1]", "https://[2001:db8::1]/a%20b?x=1"},
  };
  for (const auto& c : cases) {
    auto request = get("/a%20b", c.host);
    request.query = "x=1";
    const auto refused = refuse_by_transport(forced, request);
    ASSERT_TRUE(refused) << c.host;
    EXPECT_EQ(refused->status, 308);
    EXPECT_EQ(field(*refused, "Location"), c.want);
    EXPECT_EQ(field(*refused, "Strict-Transport-Security"), "");
    request.secure = true;
    EXPECT_FALSE(refuse_by_transport(forced, request));
  }
  EXPECT_FALSE(refuse_by_transport(forced, get("/healthz")));
  EXPECT_FALSE(refuse_by_transport(forced, get("/readyz")));
  for (const std::string_view host : {"", "evil.example/", "a b", "user@evil.example"}) {
    const auto refused = refuse_by_transport(forced, get("/", host));
    ASSERT_TRUE(refused) << host;
    EXPECT_EQ(refused->status, 403) << host;
  }
}

TEST(TransportPolicy, TheRedirectLeadsToThePortOfTls) {  // HTTP-22
  const TransportPolicy forced{.force_https = true, .https_port = 8443};
  for (const auto& [host, want] : {std::pair{"app.example", "https://app.example:8443/a"},
                                   {"app.example:8080", "https://app.example:8443/a"},
                                   {"[2001:db8::1]:80", "https://[2001:db8::1]:8443/a"}}) {
    EXPECT_EQ(field(*refuse_by_transport(forced, get("/a", host)), "Location"), want);
  }
}

TEST(TransportPolicy, APlainSocketIsRefused) {  // HTTP-22
  auto request = get("/socket/websocket");
  request.headers.add("Upgrade", "websocket");
  request.headers.add("Connection", "Upgrade");
  EXPECT_EQ(refuse_by_transport({.force_https = true}, request)->status, 403);
}

TEST(TransportPolicy, TlsIsAskedToStay) {  // HTTP-22
  auto request = get("/");
  for (const bool forced : {false, true}) {
    for (const bool secure : {false, true}) {
      request.secure = secure;
      net::HttpResponse response;
      add_transport_security({.force_https = forced}, request, response);
      EXPECT_EQ(field(response, "Strict-Transport-Security"),
                forced && secure ? "max-age=31536000" : "");
    }
  }
}

}  // namespace
}  // namespace righttask::server
