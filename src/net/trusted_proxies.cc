#include "net/trusted_proxies.h"

#include <algorithm>
#include <charconv>

namespace righttask::net {
namespace {

constexpr unsigned kIpv4PrefixBits = 96;
constexpr unsigned kAddressBits = 128;
constexpr std::string_view kForwardedFields[] = {
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"};

}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = PeerAddress::parse(text.substr(0, slash));
  if (!address || address->port != 0) return std::nullopt;
  AddressRange range;
  range.first_ = *address;
  range.bits_ = kAddressBits;
  if (slash == std::string_view::npos) return range;

  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size()) return std::nullopt;
  if (address->is_ipv4()) bits += kIpv4PrefixBits;
  if (bits > kAddressBits) return std::nullopt;
  range.bits_ = bits;
  return range;
}

bool AddressRange::contains(const PeerAddress& address) const {
  const std::size_t whole = bits_ / 8;
  if (!std::equal(first_.ip.begin(), first_.ip.begin() + whole, address.ip.begin())) return false;
  if (bits_ % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits_ % 8));
  return ((first_.ip[whole] ^ address.ip[whole]) & mask) == 0;
}

Result<TrustedProxies, std::string> TrustedProxies::parse(const std::vector<std::string>& ranges) {
  TrustedProxies proxies;
  for (const std::string& text : ranges) {
    const auto range = AddressRange::parse(text);
    if (!range) {
      return fail("'" + text + "' is no address or range of addresses, as in 10.0.0.0/8 or ::1");
    }
    proxies.ranges_.push_back(*range);
  }
  return proxies;
}

bool TrustedProxies::contains(const PeerAddress& address) const {
  return std::ranges::any_of(ranges_,
                             [&](const AddressRange& range) { return range.contains(address); });
}

TrustedProxies::Source TrustedProxies::source_of(const HttpRequest& request) const {
  Source source{.client = request.peer};
  if (!contains(request.peer)) return source;

  const auto hops = request.headers.tokens("X-Forwarded-For");
  std::size_t walked = 0;
  while (walked < hops.size() && contains(source.client)) {
    auto hop = PeerAddress::parse(hops[hops.size() - 1 - walked]);
    if (!hop) break;  // "unknown", or a name: nobody vouches for what stands before it
    source.client = *hop;
    source.client.port = 0;
    ++walked;
  }
  const auto protocols = request.headers.tokens("X-Forwarded-Proto");
  if (protocols.empty()) return source;
  const std::size_t from_right = std::clamp<std::size_t>(walked, 1, protocols.size());
  const std::string_view protocol = protocols[protocols.size() - from_right];
  source.secure = equal_ignoring_case(protocol, "https") || equal_ignoring_case(protocol, "wss");
  return source;
}

bool is_forwarded(const HttpRequest& request) {
  return std::ranges::any_of(kForwardedFields, [&](std::string_view name) {
    return request.headers.find(name).has_value();
  });
}

}  // namespace righttask::net
