#include "common/json_read.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>

namespace musterd {

void json_errors::add(std::string message_after_field) {
  errors_.push_back({path_, (path_.empty() ? "The body" : path_) + message_after_field});
}

bool detail::has_nul(std::string_view json) {
  for (std::size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at + 2))
    if (json.substr(at + 1).starts_with("u0000"))
      return true;
  return false;
}

outcome<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr memory) {
  unsigned char scratch[2048];
  boost::json::stream_parser parser{{}, {.max_depth = 32}, scratch};
  parser.reset(std::move(memory));
  boost::json::error_code error;
  auto used = parser.write_some(text.data(), text.size(), error);
  if (!error && used == text.size())
    parser.finish(error);
  if (error || used != text.size()) {
    auto reason = error ? error.message() : std::string{"extra text after the document"};
    return fault{fault_kind::invalid,
                 "MALFORMED_JSON",
                 fmt::format("The body is not valid JSON: {}, at byte {}.", reason, used),
                 {},
                 {},
                 {}};
  }
  return parser.release();
}

}  // namespace musterd
