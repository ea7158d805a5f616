#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace righttask::net {

/// Decodes %XX once. Nothing for a malformed escape. The result may hold any byte: whoever uses
/// it as text or as a path checks for UTF-8, NUL and separators.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// The same, and '+' is a space, as in query strings.
[[nodiscard]] std::optional<std::string> query_decode(std::string_view text);

/// Leaves letters, digits and "-._~" as they are.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The decoded pairs of a query string or form, in order.
class QueryParameters {
 public:
  /// Nothing when an escape is malformed or there are more than `pairs_max` pairs.
  [[nodiscard]] static std::optional<QueryParameters> parse(std::string_view query,
                                                            std::size_t pairs_max = 256);

  /// The last value of that name, as Phoenix (Plug) reads it.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] auto begin() const { return pairs_.begin(); }
  [[nodiscard]] auto end() const { return pairs_.end(); }
  [[nodiscard]] std::size_t size() const { return pairs_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

/// The decoded segments of a path: "/api//a%20b/" gives "api", "a b". Nothing for a malformed
/// escape, a segment "." or "..", or a decoded segment that holds '/', '\' or NUL.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

}  // namespace righttask::net
