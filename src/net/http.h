#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "net/peer_address.h"

namespace righttask::net {

/// Header fields in the order they came. Few, so found by looking through them.
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// The first field of that name, letter case ignored.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// Whether a comma-separated list of tokens (all fields of that name) holds this one, letter
  /// case ignored: `has_token("Connection", "upgrade")`.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;
  /// The tokens of such a list, views into these headers.
  [[nodiscard]] std::vector<std::string_view> tokens(std::string_view name) const;

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string path;    // as sent, percent-encoded, starts with '/'; decode with url.h
  std::string query;   // as sent, without the '?'
  HttpHeaders headers;
  Bytes body;
  PeerAddress peer;           // who has connected
  PeerAddress client;         // on whose behalf, where trusted proxies say so; else `peer`
  bool secure = false;        // that one spoke TLS
  std::uint8_t listener = 0;  // which of the server's listeners it came through, from 0
  bool keep_alive = true;
};

struct HttpResponse {
  int status = 200;
  /// Content-Length and Connection are the server's to write.
  std::vector<std::pair<std::string, std::string>> headers;
  SharedBytes body;    // null: none
  bool close = false;  // end the connection after this answer
};

/// "Not Found"; "" for a status it does not know.
[[nodiscard]] std::string_view reason_phrase(int status);

/// An answer with a short text in the given type.
[[nodiscard]] HttpResponse text_response(int status, std::string_view text,
                                         std::string_view type = "text/plain; charset=utf-8");
/// "404 Not Found\n".
[[nodiscard]] HttpResponse error_response(int status);

/// Whether an If-None-Match value names this entity tag, compared weakly (RFC 9110, 8.8.3.2).
[[nodiscard]] bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// Whether an answer with this status carries a body at all: not 1xx, 204 and 304.
[[nodiscard]] bool status_has_body(int status);

/// False when a field holds a control character, by which a value could write fields of its own.
[[nodiscard]] bool is_well_formed(const HttpResponse& response);

/// Status line and fields up to the empty line, Content-Length included; the body follows it.
/// Precondition: is_well_formed.
[[nodiscard]] Bytes serialize_head(const HttpResponse& response, bool keep_alive);

}  // namespace righttask::net
