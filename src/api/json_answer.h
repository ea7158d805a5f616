#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/json.h"
#include "base/clock.h"
#include "net/http.h"

// What the services of this module have in common: JSON in, JSON out.

namespace righttask::api {

/// A JSON body that no cache keeps.
[[nodiscard]] net::HttpResponse json_answer(int status, const auth::Json& body);

/// `{"error":"…"}`; a sentence for the operator.
[[nodiscard]] net::HttpResponse json_error(int status, std::string_view sentence);

/// An object with this one member.
[[nodiscard]] auth::Json json_object_of(const char* key, auth::Json value);
[[nodiscard]] auth::Json json_count(std::size_t count);
/// Seconds since 1970; null for the maximum, which is never.
[[nodiscard]] auth::Json json_time(UnixSeconds time);

/// The members of a request's JSON object, each taken out once. What is wrong is kept as the first
/// sentence said; readers then yield something harmless, so that a handler can read all and ask
/// once.
class JsonFields {
 public:
  explicit JsonFields(ByteView body);
  explicit JsonFields(auth::Json value);

  [[nodiscard]] std::string text(const char* key);
  [[nodiscard]] std::optional<std::string> optional_text(const char* key);
  [[nodiscard]] std::optional<std::int64_t> optional_integer(const char* key, std::int64_t min,
                                                             std::int64_t max);

  /// For whoever reads more into a field.
  void complain(std::string sentence);

  /// The first complaint; one about members that nobody has asked for comes last.
  [[nodiscard]] std::optional<std::string> fault();

 private:
  auth::Json take(const char* key);

  auth::Json object_;
  std::optional<std::string> fault_;
};

}  // namespace righttask::api
