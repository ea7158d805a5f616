#include "api/json_answer.h"

#include <utility>

#include "ops/log.h"

namespace righttask::api {

net::HttpResponse json_answer(int status, const auth::Json& body) {
  auto response = net::text_response(status, auth::dump(body.get()) + "\n", "application/json");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

net::HttpResponse json_error(int status, std::string_view sentence) {
  return json_answer(status, json_object_of("error", auth::json_text(sentence)));
}

auth::Json json_object_of(const char* key, auth::Json value) {
  auth::Json object(json_object());
  auth::set(object.get(), key, std::move(value));
  return object;
}

auth::Json json_count(std::size_t count) {
  return auth::Json(json_integer(static_cast<json_int_t>(count)));
}

auth::Json json_time(UnixSeconds time) {
  return auth::Json(time == UnixSeconds::max() ? json_null()
                                               : json_integer(time.time_since_epoch().count()));
}

JsonFields::JsonFields(ByteView body) {
  auto parsed = auth::parse_object(as_text(body));
  if (parsed) {
    object_ = *std::move(parsed);
  } else {
    object_.reset(json_object());
    fault_ = "the body has to be a JSON object: " + parsed.error();
  }
}

JsonFields::JsonFields(auth::Json value) : object_(std::move(value)) {
  if (json_is_object(object_.get())) {
    // Fields are taken out of an object of their own.
    object_.reset(json_copy(object_.get()));
  } else {
    object_.reset(json_object());
    fault_ = "has to be an object";
  }
}

auth::Json JsonFields::take(const char* key) {
  auth::Json value(json_incref(json_object_get(object_.get(), key)));
  json_object_del(object_.get(), key);
  if (json_is_null(value.get())) value.reset();
  return value;
}

std::string JsonFields::text(const char* key) {
  auto text = optional_text(key);
  if (!text) complain(std::string(key) + ": is missing");
  return std::move(text).value_or(std::string());
}

std::optional<std::string> JsonFields::optional_text(const char* key) {
  const auth::Json value = take(key);
  if (!value) return std::nullopt;
  if (json_is_string(value.get())) return std::string(auth::string_value(value.get()));
  complain(std::string(key) + ": has to be a string");
  return std::string();
}

std::optional<std::int64_t> JsonFields::optional_integer(const char* key, std::int64_t min,
                                                         std::int64_t max) {
  const auth::Json value = take(key);
  if (!value) return std::nullopt;
  const std::int64_t number = json_integer_value(value.get());
  if (json_is_integer(value.get()) && number >= min && number <= max) return number;
  complain(std::string(key) + ": has to be a whole number from " + std::to_string(min) + " to " +
           std::to_string(max));
  return min;
}

void JsonFields::complain(std::string sentence) {
  if (!fault_) fault_ = std::move(sentence);
}

std::optional<std::string> JsonFields::fault() {
  if (!fault_ && json_object_size(object_.get()) > 0) {
    const char* key = json_object_iter_key(json_object_iter(object_.get()));
    fault_ = ops::printable(key) + ": there is no such field here";
  }
  return fault_;
}

}  // namespace righttask::api
