#include <algorithm>
#include <string>

#include "base/check.h"
#include "net/origin.h"
#include "net/url.h"

// What is encoded decodes to itself, decoding only ever shortens, no decoded path climbs, and an
// origin that one rule lets in is none that another host could have.

using namespace righttask;
using namespace righttask::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(as_text(byte_view(data, size)));
  CHECK(percent_decode(percent_encode(text)) == text);
  CHECK(query_decode(percent_encode(text)) == text);
  if (const auto decoded = percent_decode(text)) CHECK(decoded->size() <= text.size());

  if (const auto query = QueryParameters::parse(text, 16)) {
    CHECK(query->size() <= 16);
    std::string again;
    for (const auto& [name, value] : *query) {
      again += '&' + percent_encode(name) + '=' + percent_encode(value);
    }
    const auto second = QueryParameters::parse(again, 16);
    CHECK(second && std::equal(query->begin(), query->end(), second->begin(), second->end()));
  }
  if (const auto segments = path_segments(text)) {
    for (const std::string& segment : *segments) {
      CHECK(!segment.empty() && segment != "." && segment != "..");
      CHECK(segment.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos);
    }
  }

  const auto rule = OriginRule::list({"https://app.example.com", "//*.wild.org"}, false);
  CHECK(rule);
  if (rule->allows(text, "h")) {
    std::string host = text.substr(text.find("//") + 2);
    host.resize(std::min(host.find(':'), host.size()));
    CHECK(equal_ignoring_case(host, "app.example.com") || equal_ignoring_case(host, "wild.org") ||
          (host.size() > 9 && equal_ignoring_case(host.substr(host.size() - 9), ".wild.org")));
  }
  (void)OriginRule::list({text});
  return 0;
}
