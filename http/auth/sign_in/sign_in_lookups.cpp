#include "http/auth/sign_in/sign_in.hpp"

#include "persistence/load/load_company_directory.hpp"

namespace musterd {

template <class Answer, class Find>
void sign_in_lookups::ask(std::function<void(outcome<Answer>)> done, Find find) const {
  auto failed = [done] {
    done(outcome<Answer>{boost::system::in_place_error, unavailable("Sign-in is not possible right now.")});
  };
  auto accepted =
      reads_.submit({[=](auto& tx) { done(find(tx)); }, [=](const std::exception&) { failed(); }});
  if (!accepted)
    failed();
}

void sign_in_lookups::find_user(std::string tenant, std::string name, std::string network,
                                login_callback done) const {
  ask<std::optional<login_record>>(
      std::move(done), [=](pqxx::transaction_base& tx) { return find_login(tx, tenant, name, network); });
}

void sign_in_lookups::find_service(std::string tenant, std::string name, service_callback done) const {
  ask<std::optional<service_login>>(std::move(done),
                                    [&shown = companies_, tenant, name](pqxx::transaction_base& tx) {
                                      auto found = find_service_login(tx, tenant, name);
                                      if (!found || found->secrets.empty())
                                        return found;
                                      auto company = shown.find(found->tenant);
                                      const auto* known = company->services.find(found->client);
                                      if (known == nullptr || !known->has_secret(found->secrets.front().id))
                                        reread_company(tx, shown, found->tenant);
                                      return found;
                                    });
}

void sign_in_lookups::find_given(const refresh_token& token, given_callback done) const {
  ask<bool>(std::move(done), [=](pqxx::transaction_base& tx) {
    auto current = find_secret_hash(tx, token.tenant, token.person, token.family);
    return current && (token.follows_from_its_family() || *current == token.secret_hash());
  });
}

}  // namespace musterd
