#include "net/trusted_proxies.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/address_table.h"

namespace righttask::net {
namespace {

PeerAddress address(std::string_view text) {
  return PeerAddress::parse(text).value();
}

TEST(PeerAddress, ReadsAddressesWithAndWithoutPort) {
  const struct {
    std::string_view text, want;
  } cases[] = {
      {"192.0.2.7", "192.0.2.7:0"},
      {"192.0.2.7:80", "192.0.2.7:80"},
      {"2001:db8::1", "[2001:db8::1]:0"},
      {"[2001:db8::1]", "[2001:db8::1]:0"},
      {"[2001:db8::1]:80", "[2001:db8::1]:80"},
      {"::ffff:192.0.2.7", "192.0.2.7:0"},
  };
  for (const auto& c : cases) EXPECT_EQ(address(c.text).text(), c.want);
  for (const std::string_view bad :
       {"", "unknown", "192.0.2", "192.0.2.7:", "192.0.2.7:x", "192.0.2.7:70000", "[192.0.2.7]",
        "[2001:db8::1", "[2001:db8::1]80", "1:2", "_hidden", " 192.0.2.7", "192.0.2.7/8"}) {
    EXPECT_FALSE(PeerAddress::parse(bad)) << bad;
  }
  EXPECT_FALSE(PeerAddress::parse(std::string(1000, '1')));
}

TEST(AddressRange, ContainsWhatSharesItsFirstBits) {
  const struct {
    std::string_view range, address;
    bool want;
  } cases[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.6", false},
      {"0.0.0.0/0", "203.0.113.1", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(AddressRange::parse(c.range).value().contains(address(c.address)), c.want)
        << c.range << " " << c.address;
  }
  for (const std::string_view bad :
       {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "::/129", "/8", "10.0.0.1:80",
        "10.0.0.0/8/8", "10.0.0.0/-1"}) {
    EXPECT_FALSE(AddressRange::parse(bad)) << bad;
  }
}

TEST(TrustedProxies, SaysWhichEntryItCannotRead) {
  const auto bad = TrustedProxies::parse({"10.0.0.0/8", "proxy"});
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().find("'proxy'"), std::string::npos);
}

struct Case {
  std::string_view name;
  std::string_view peer;
  std::vector<HttpHeaders::Field> fields;
  std::string_view client;
  bool secure;
};

TEST(TrustedProxies, FindTheRightmostHopThatIsNone) {  // HTTP-19
  const auto proxies = *TrustedProxies::parse({"10.0.0.0/8", "127.0.0.1"});
  const Case cases[] = {
      {"direct", "203.0.113.1", {}, "203.0.113.1", false},
      {"a stranger's word",
       "203.0.113.1",
       {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-Proto", "https"}},
       "203.0.113.1",
       false},
      {"one proxy",
       "10.0.0.1",
       {{"X-Forwarded-For", "203.0.113.1"}, {"X-Forwarded-Proto", "https"}},
       "203.0.113.1",
       true},
      {"what the client made up stands to the left",
       "10.0.0.1",
       {{"X-Forwarded-For", "198.51.100.1, 10.0.0.9, 203.0.113.1"}},
       "203.0.113.1",
       false},
      {"two proxies",
       "127.0.0.1",
       {{"X-Forwarded-For", "198.51.100.1, 203.0.113.1, 10.0.0.2"}},
       "203.0.113.1",
       false},
      {"in two fields",
       "127.0.0.1",
       {{"X-Forwarded-For", "203.0.113.1"}, {"x-forwarded-for", "10.0.0.2"}},
       "203.0.113.1",
       false},
      {"with a port", "10.0.0.1", {{"X-Forwarded-For", "203.0.113.1:4711"}}, "203.0.113.1", false},
      {"none but proxies", "10.0.0.1", {{"X-Forwarded-For", "10.0.0.3"}}, "10.0.0.3", false},
      {"unknown", "10.0.0.1", {{"X-Forwarded-For", "unknown"}}, "10.0.0.1", false},
      {"no word about the address", "10.0.0.1", {{"X-Forwarded-Proto", "wss"}}, "10.0.0.1", true},
      {"the client's hop was https, the proxies' http",
       "127.0.0.1",
       {{"X-Forwarded-For", "203.0.113.1, 10.0.0.2"}, {"X-Forwarded-Proto", "https, http"}},
       "203.0.113.1",
       true},
      {"the client claims https to the left",
       "10.0.0.1",
       {{"X-Forwarded-For", "198.51.100.1, 203.0.113.1"}, {"X-Forwarded-Proto", "https, http"}},
       "203.0.113.1",
       false},
      {"one word for both proxies",
       "127.0.0.1",
       {{"X-Forwarded-For", "203.0.113.1, 10.0.0.2"}, {"X-Forwarded-Proto", "https"}},
       "203.0.113.1",
       true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HttpRequest request;
    request.peer = address(c.peer);
    for (const auto& [name, value] : c.fields) request.headers.add(name, value);
    const auto source = proxies.source_of(request);
    EXPECT_EQ(source.client.ip_text(), c.client);
    EXPECT_EQ(source.secure, c.secure);
    EXPECT_EQ(is_forwarded(request), !c.fields.empty());
  }
}

TEST(TrustedProxies, WithoutAnyNobodysWordCounts) {  // HTTP-19
  HttpRequest request;
  request.peer = address("127.0.0.1");
  request.headers.add("X-Forwarded-For", "203.0.113.1");
  request.headers.add("X-Forwarded-Proto", "https");
  const auto source = TrustedProxies().source_of(request);
  EXPECT_EQ(source.client, request.peer);
  EXPECT_FALSE(source.secure);
}

TEST(TrustedProxies, KnowFieldsThatOnlyProxiesWrite) {  // HTTP-21
  for (const char* name :
       {"Forwarded", "x-forwarded-for", "X-Forwarded-Host", "X-Real-IP", "via"}) {
    HttpRequest request;
    request.headers.add("Host", "h");
    EXPECT_FALSE(is_forwarded(request));
    request.headers.add(name, "x");
    EXPECT_TRUE(is_forwarded(request)) << name;
  }
}

TEST(AddressTable, CountsEachAddressAndEachNetworkOfIpv6) {  // LIM-8, HTTP-7
  AddressTable table(2);
  for (const char* text : {"192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2"}) {
    EXPECT_TRUE(table.has_room(address(text))) << text;
    table.add(address(text));
  }
  EXPECT_FALSE(table.has_room(address("192.0.2.1:80")));
  EXPECT_FALSE(table.has_room(address("2001:db8:0:0:ffff::9")));
  EXPECT_TRUE(table.has_room(address("192.0.2.2")));
  EXPECT_TRUE(table.has_room(address("2001:db8:0:1::1")));
  table.remove(address("192.0.2.1"));
  EXPECT_TRUE(table.has_room(address("192.0.2.1")));
  for (const char* text : {"192.0.2.1", "2001:db8::1", "2001:db8::2"}) {
    table.remove(address(text));
  }
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace righttask::net
