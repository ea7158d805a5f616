#include "net/deflate_offer.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

// extensions := extension *("," extension)
// extension  := token *(";" param)
// param      := token ["=" (token | '"' token '"')]

namespace righttask::net {
namespace {

constexpr std::string_view kField = "Sec-WebSocket-Extensions";
constexpr std::string_view kName = "permessage-deflate";
constexpr int kWindowBitsMin = 8, kWindowBitsMax = 15;

struct Param {
  std::string_view name;
  std::optional<std::string> value;
};
struct Extension {
  std::string_view name;
  std::vector<Param> params;
};

bool is_token_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.contains(c);
}

/// Reads one field; after a failure nothing it said counts.
class OfferReader {
 public:
  explicit OfferReader(std::string_view text) : rest_(text) {}

  bool read(std::vector<Extension>& out) {
    do {
      skip_space();
      if (rest_.empty() || rest_.front() == ',') continue;  // lists may have empty elements
      Extension extension;
      if (!token(extension.name)) return false;
      while (take(';')) {
        if (!param(extension.params.emplace_back())) return false;
      }
      out.push_back(std::move(extension));
    } while (take(','));
    return rest_.empty();
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool take(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool token(std::string_view& out) {
    skip_space();
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    out = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(out.size());
    return !out.empty();
  }

  bool param(Param& out) {
    if (!token(out.name)) return false;
    if (!take('=')) return true;
    skip_space();
    if (rest_.starts_with('"')) return quoted(out.value.emplace());
    std::string_view value;
    if (!token(value)) return false;
    out.value = value;
    return true;
  }

  /// What is quoted has to be a token as well.
  bool quoted(std::string& out) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() || !is_token_character(rest_.front())) return false;
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return false;
    rest_.remove_prefix(1);
    return !out.empty();
  }

  std::string_view rest_;
};

/// "8" to "15", without leading zeros.
std::optional<int> window_bits(const std::string& text) {
  for (int bits = kWindowBitsMin; bits <= kWindowBitsMax; ++bits) {
    if (text == std::to_string(bits)) return bits;
  }
  return std::nullopt;
}

/// Nothing when a parameter is unknown, comes twice, or has a value it may not have.
std::optional<DeflateAgreement> accept(const Extension& offer) {
  enum : unsigned { kServerContext = 1, kClientContext = 2, kServerWindow = 4, kClientWindow = 8 };
  static constexpr std::pair<std::string_view, unsigned> kParams[] = {
      {"server_no_context_takeover", kServerContext},
      {"client_no_context_takeover", kClientContext},
      {"server_max_window_bits", kServerWindow},
      {"client_max_window_bits", kClientWindow}};
  DeflateAgreement agreed;
  agreed.answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  unsigned seen = 0;
  for (const Param& param : offer.params) {
    const auto* known = std::ranges::find_if(
        kParams, [&](const auto& k) { return equal_ignoring_case(k.first, param.name); });
    if (known == std::end(kParams) || (seen & known->second) != 0) return std::nullopt;
    seen |= known->second;
    const bool window = known->second == kServerWindow || known->second == kClientWindow;
    if (!window && param.value) return std::nullopt;
    if (!window) continue;
    // The client only says that it could keep to a window; we need none smaller.
    if (known->second == kClientWindow && !param.value) continue;
    const auto bits = param.value ? window_bits(*param.value) : std::nullopt;
    if (!bits) return std::nullopt;
    if (known->second == kClientWindow) continue;
    agreed.answer += "; server_max_window_bits=" + std::to_string(*bits);
    agreed.sends = *bits == kWindowBitsMax;
  }
  return agreed;
}

}  // namespace

std::optional<DeflateAgreement> agree_on_deflate(const HttpHeaders& headers) {
  std::vector<Extension> offers;
  for (const auto& [name, value] : headers) {
    if (equal_ignoring_case(name, kField) && !OfferReader(value).read(offers)) return std::nullopt;
  }
  for (const Extension& offer : offers) {
    if (!equal_ignoring_case(offer.name, kName)) continue;
    if (auto agreed = accept(offer)) return agreed;
  }
  return std::nullopt;
}

}  // namespace righttask::net
