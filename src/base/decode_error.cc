#include "base/decode_error.h"

namespace righttask {

std::string_view to_string(DecodeError error) noexcept {
  switch (error) {
    case DecodeError::truncated:
      return "truncated";
    case DecodeError::trailing_bytes:
      return "trailing_bytes";
    case DecodeError::integer_too_large:
      return "integer_too_large";
    case DecodeError::invalid_utf8:
      return "invalid_utf8";
    case DecodeError::invalid_any_tag:
      return "invalid_any_tag";
    case DecodeError::any_too_deep:
      return "any_too_deep";
    case DecodeError::invalid_json:
      return "invalid_json";
    case DecodeError::json_too_deep:
      return "json_too_deep";
    case DecodeError::count_exceeds_input:
      return "count_exceeds_input";
    case DecodeError::too_many_structs:
      return "too_many_structs";
    case DecodeError::clock_overflow:
      return "clock_overflow";
    case DecodeError::invalid_content_kind:
      return "invalid_content_kind";
    case DecodeError::invalid_type_ref:
      return "invalid_type_ref";
    case DecodeError::empty_struct:
      return "empty_struct";
    case DecodeError::unknown_encoding:
      return "unknown_encoding";
    case DecodeError::invalid_column:
      return "invalid_column";
    case DecodeError::unknown_message:
      return "unknown_message";
    case DecodeError::invalid_position:
      return "invalid_position";
  }
  return "unknown";
}

}  // namespace righttask
