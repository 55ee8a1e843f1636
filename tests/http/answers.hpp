#pragma once

#include "tests/support/http_client.hpp"

#include <boost/json.hpp>

#include <set>
#include <string>

namespace musterd::testing {

/// The body; throws if it is not JSON.
boost::json::value json_of(const http_answer& answer);

/// The value at a JSON pointer, strings without quotes, all else as JSON; "(none)" if there is none.
std::string text_at(const boost::json::value& in, std::string_view pointer);
std::string text_at(const http_answer& answer, std::string_view pointer);
bool has(const boost::json::value& in, std::string_view pointer);

/// Checks an error answer: status, code, message if given, and the shape of D-11.
void check_error(const http_answer& answer, int status, std::string_view code, std::string_view message = {});
/// The names in `fieldErrors`.
std::set<std::string> wrong_fields(const http_answer& answer);

/// The value of a sample on GET /metrics, such as `break_started_total{type="MEAL"}`; 0 if it is missing.
double metric(const std::string& metrics_text, std::string_view sample);

}  // namespace musterd::testing
