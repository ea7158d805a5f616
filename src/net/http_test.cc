#include "net/http.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/handshake.h"
#include "net/http_decoder.h"
#include "net/sha1.h"

// Rules HTTP-n: docs/spec/http.md.

namespace righttask::net {
namespace {

/// "GET /path?query body" for each request, then "fault 400" if there was one.
std::vector<std::string> decode(std::string_view text, const HttpLimits& limits = {},
                                std::size_t piece = ~std::size_t{0}) {
  HttpDecoder decoder(limits);
  std::vector<std::string> out;
  while (!text.empty()) {
    ByteView part = byte_view(text.substr(0, piece));
    text.remove_prefix(part.size());
    while (!part.empty()) {
      auto request = decoder.next(part);
      if (!request) {
        out.push_back("fault " + std::to_string(request.error().status));
        return out;
      }
      if (!*request) break;
      const HttpRequest& r = **request;
      out.push_back(r.method + " " + r.path + (r.query.empty() ? "" : "?") + r.query + " " +
                    std::string(as_text(r.body)) + (r.keep_alive ? "" : " close"));
    }
  }
  return out;
}

using Said = std::vector<std::string>;

TEST(HttpDecoder, ReadsRequestsCutAnywhere) {
  const struct {
    std::string_view name, input;
    Said want;
  } cases[] = {
      {"nothing", "", {}},
      {"plain", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", {"GET / "}},
      {"query", "GET /a%20b?x=%31&y HTTP/1.1\r\nHost: h\r\n\r\n", {"GET /a%20b?x=%31&y "}},
      {"absolute form", "GET http://h:80/p?q HTTP/1.1\r\nHost: h\r\n\r\n", {"GET /p?q "}},
      {"absolute form, no path", "GET HTTP://h?q HTTP/1.1\r\nHost: h\r\n\r\n", {"GET /?q "}},
      {"empty lines before", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", {"GET / "}},
      {"body",
       "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: "
       "h\r\n\r\n",
       {"POST /p abc", "GET / "}},
      {"chunks",
       "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
       {"POST /p abcdefg", "GET / "}},
      {"close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", {"GET /  close"}},
      {"1.0", "GET / HTTP/1.0\r\n\r\n", {"GET /  close"}},
      {"1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {"GET / "}},
      {"incomplete", "GET / HTTP/1.1\r\nHost: h\r\n", {}},
      {"own method", "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", {"BREW /pot "}},
      {"equal lengths twice",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
       {"POST / a"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (std::size_t piece = 1; piece <= c.input.size() + 1; ++piece) {
      EXPECT_EQ(decode(c.input, {}, piece), c.want) << piece;
    }
  }
}

TEST(HttpDecoder, RefusesWhatIsMalformedAmbiguousOrTooMuch) {
  const HttpLimits limits{
      .head_bytes_max = 512, .line_bytes_max = 100, .fields_max = 5, .body_bytes_max = 10};
  const auto head = [](std::string_view more) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n\r\n";
  };
  const auto chunked = [&](std::string_view body) {
    return head("Transfer-Encoding: chunked") + std::string(body);
  };
  const struct {
    std::string_view name;
    std::string input;
    int want;
  } cases[] = {
      {"no request", "\x16\x03\x01", 400},
      {"HTTP-1 two lengths", head("Content-Length: 1\r\nContent-Length: 2"), 400},
      {"HTTP-1 length and chunked", head("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400},
      {"HTTP-1 chunked and length", head("Transfer-Encoding: chunked\r\nContent-Length: 1"), 400},
      {"HTTP-1 length and gzip", head("Content-Length: 1\r\nTransfer-Encoding: gzip"), 400},
      {"HTTP-1 chunked twice", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
       400},
      {"HTTP-1 coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"HTTP-1 length not a number", head("Content-Length: 1x"), 400},
      {"HTTP-1 negative length", head("Content-Length: -1"), 400},
      {"HTTP-1 huge length", head("Content-Length: 99999999999999999999"), 400},
      {"HTTP-1 space before colon", head("Content-Length : 1"), 400},
      {"HTTP-2 other coding", head("Transfer-Encoding: gzip"), 501},
      {"HTTP-2 chunked not last", head("Transfer-Encoding: chunked, gzip"), 501},
      {"HTTP-2 coding beside chunked", head("Transfer-Encoding: gzip, chunked"), 501},
      {"HTTP-3 no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"HTTP-3 two hosts", head("Host: other"), 400},
      {"HTTP-4 long line", "GET /" + std::string(100, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"HTTP-4 endless line", "GET /" + std::string(600, 'x'), 414},
      {"HTTP-4 endless head", "GET / HTTP/1.1\r\nX: " + std::string(600, 'x'), 431},
      {"HTTP-4 many fields", head("a: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\ne: 1"), 431},
      {"HTTP-5 long body", head("Content-Length: 11"), 413},
      {"HTTP-5 long chunk", chunked("b\r\n"), 413},
      {"HTTP-5 long chunks", chunked("6\r\nabcdef\r\n5\r\n"), 413},
      {"bad chunk", chunked("x\r\n"), 400},
      {"chunk of no size", chunked("\r\n"), 400},
      {"chunk of no size with extension", chunked(";a\r\n"), 400},
      {"chunk ended by line feed", chunked("1\na\r\n"), 400},
      {"chunk ended by carriage return", chunked("1\ra"), 400},
      {"0x before a size", chunked("0x1\r\n"), 400},
      {"size of 16 digits", chunked("0000000000000001\r\n"), 400},
      {"chunk without end", chunked("1\r\nab\r\n"), 400},
      {"endless chunk extension", chunked("1;" + std::string(5'000, 'e')), 400},
      {"endless trailer", chunked("0\r\nT: " + std::string(5'000, 't')), 400},
      {"version 2", "PRI * HTTP/2.0\r\n\r\n", 505},
      {"version 0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"no version", "GET /\r\nHost: h\r\n\r\n", 400},
      {"authority form", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"fragment", "GET /#f HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"relative target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute without host", "GET http:///p HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"NUL in a value", head(std::string_view("X: a\0b", 6)), 400},
      {"bare line feed", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"other expectation", head("Expect: wonders"), 417},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Said want = {"fault " + std::to_string(c.want)};
    EXPECT_EQ(decode(c.input, limits), want);
    EXPECT_EQ(decode(c.input, limits, 1), want);
    EXPECT_EQ(decode(c.input, limits, 7), want);
  }
}

TEST(HttpDecoder, KeepsTheFaultItFound) {
  HttpDecoder decoder{HttpLimits{}};
  ByteView bad = byte_view(std::string_view("\x01"));
  EXPECT_EQ(decoder.next(bad).error(), HttpFault{400});
  ByteView good = byte_view(std::string_view("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(decoder.next(good).error(), HttpFault{400});
}

TEST(HttpDecoder, TellsWhereItStands) {
  HttpDecoder decoder{HttpLimits{}};
  const auto feed = [&](std::string_view text) {
    ByteView part = byte_view(text);
    return decoder.next(part).value().has_value();
  };
  EXPECT_FALSE(decoder.in_request());
  EXPECT_FALSE(feed("POST / HTTP/1.1\r\nHost: h\r\n"));
  EXPECT_TRUE(decoder.in_request());
  EXPECT_FALSE(decoder.in_body());
  EXPECT_FALSE(feed("Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_TRUE(decoder.in_body());
  EXPECT_TRUE(decoder.take_expect_continue());
  EXPECT_FALSE(decoder.take_expect_continue());
  EXPECT_TRUE(feed("ab"));
  EXPECT_FALSE(decoder.in_request());
}

TEST(HttpHeaders, AreFoundWithoutRegardToCase) {
  HttpHeaders headers;
  headers.add("Connection", "keep-alive, Upgrade");
  headers.add("connection", " , x ");
  EXPECT_EQ(headers.find("CONNECTION"), "keep-alive, Upgrade");
  EXPECT_FALSE(headers.find("Conn"));
  EXPECT_EQ(headers.count("Connection"), 2U);
  EXPECT_TRUE(headers.has_token("Connection", "upgrade"));
  EXPECT_FALSE(headers.has_token("Connection", "upgrad"));
  EXPECT_EQ(headers.tokens("Connection"),
            (std::vector<std::string_view>{"keep-alive", "Upgrade", "x"}));
}

TEST(HttpResponses, AreWrittenWithTheirLength) {
  const auto text = [](const HttpResponse& response, bool keep_alive) {
    const Bytes head = serialize_head(response, keep_alive);
    return std::string(as_text(head));
  };
  HttpResponse response;
  response.headers = {{"X-A", "b"}};
  EXPECT_EQ(text(response, true),
            "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  response.body = share(bytes('a', 'b'));
  EXPECT_EQ(text(response, false),
            "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
  response.status = 304;
  EXPECT_EQ(text(response, true),
            "HTTP/1.1 304 Not Modified\r\nX-A: b\r\nConnection: keep-alive\r\n\r\n");
}

TEST(HttpResponses, AreRefusedWithControlCharacters) {
  const struct {
    std::string name, value;
    bool good;
  } cases[] = {{"X", "plain \t value é", true},
               {"X", "a\rb", false},
               {"X", "a\nb", false},
               {"X", std::string(1, 0), false},
               {"X\n", "a", false},
               {"", "a", false},
               {"X: y", "a", false},
               {"X", "a\x7f", false}};
  for (const auto& c : cases) {
    HttpResponse response;
    response.headers = {{c.name, c.value}};
    EXPECT_EQ(is_well_formed(response), c.good) << c.name << c.value;
  }
}

TEST(Etags, MatchWeakly) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
}

TEST(Sha1, MatchesPublishedVectors) {
  const auto hex = [](std::string_view text) {
    std::string out;
    for (const auto byte : sha1(byte_view(text))) {
      constexpr char digits[] = "0123456789abcdef";
      out += {digits[byte >> 4], digits[byte & 15]};
    }
    return out;
  };
  EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Handshake, ComputesTheAcceptKeyOfTheRfc) {
  EXPECT_EQ(websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, ListsSubprotocols) {
  HttpRequest request;
  request.headers.add("Sec-WebSocket-Protocol", "phoenix, base64url.bearer.phx.abc");
  request.headers.add("Sec-WebSocket-Protocol", "other");
  EXPECT_EQ(offered_subprotocols(request),
            (std::vector<std::string_view>{"phoenix", "base64url.bearer.phx.abc", "other"}));
}

}  // namespace
}  // namespace righttask::net
