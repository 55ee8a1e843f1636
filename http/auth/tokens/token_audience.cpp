#include "http/auth/tokens/token_settings.hpp"

namespace musterd {

const std::string& token_settings::audience(token_audience of) const {
  switch (of) {
    case token_audience::internal: return internal_audience;
    case token_audience::restricted: return restricted_audience;
    case token_audience::api: break;
  }
  return api_audience;
}

}  // namespace musterd
