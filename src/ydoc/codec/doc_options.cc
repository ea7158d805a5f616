#include "ydoc/codec/doc_options.h"

#include <cmath>

namespace ydoc {
namespace {

bool truthy(const Any& any) {
  if (any.as<Undefined>() != nullptr || any.as<Null>() != nullptr) return false;
  if (const auto* flag = any.as<bool>()) return *flag;
  if (const auto* number = any.as<double>()) return *number != 0 && !std::isnan(*number);
  if (const auto* big = any.as<BigInt>()) return big->value != 0;
  if (const auto* text = any.as<std::string>()) return !text->empty();
  return true;
}

}  // namespace

righttask::Decoded<Any> kept_doc_options(const Any& options) {
  if (options.as<Undefined>() != nullptr || options.as<Null>() != nullptr) {
    return righttask::fail(righttask::DecodeError::invalid_any_tag);
  }
  // An option given as undefined counts as not given.
  const auto given = [&options](std::string_view key) -> const Any* {
    const Any* option = options.find(key);
    return option != nullptr && option->as<Undefined>() == nullptr ? option : nullptr;
  };
  Any::Object kept;
  if (const Any* gc = given("gc"); gc != nullptr && !truthy(*gc)) {
    kept.emplace_back("gc", Any{false});
  }
  if (const Any* load = given("autoLoad"); load != nullptr && truthy(*load)) {
    kept.emplace_back("autoLoad", Any{true});
  }
  if (const Any* meta = given("meta"); meta != nullptr && meta->as<Null>() == nullptr) {
    kept.emplace_back("meta", *meta);
  }
  return Any{std::move(kept)};
}

}  // namespace ydoc
