/* config-check.c - What servers, doors, people and rules must say.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "config-parts.h"

#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/wire/invite.h"

#define MAX_LOGINLEN 64
#define INTERFACELEN 15         /* IFNAMSIZ less the NUL.  */


CONFIG_CHECK (address)
{
  if (!invite_address_valid (text, strlen (text)))
    return conf_fail (place, "'%.60s' is neither a host name nor an address",
                      text);
  return 0;
}


CONFIG_CHECK (interface)
{
  size_t len = strlen (text);

  if (!len || len > INTERFACELEN || strpbrk (text, "/: \t")
      || !strcmp (text, ".") || !strcmp (text, "..")
      || !encode_is_clean (text, len))
    return conf_fail (place, "'%.60s' is not the name of an interface", text);
  return 0;
}


CONFIG_CHECK (login)
{
  size_t len = strlen (text);

  if (!len || len > MAX_LOGINLEN || !encode_is_line (text, len))
    return conf_fail (place, "'%.80s' is not a name of 1 to %d bytes", text,
                      MAX_LOGINLEN);
  return 0;
}


/* Those of posternd.conf stand before those of files of their own.  */
CONFIG_FINISH (door)
{
  config_t config = root;
  const struct config_door *door = object;

  if (config_door_by_name (config, door->name) + 1 < config->n_doors)
    return conf_fail (place, "door '%s' is repeated: posternd.conf has one"
                      " of this name; keep one of the two", door->name);
  return 0;
}


CONFIG_FINISH (user)
{
  config_t config = root;
  struct config_user *user = object;
  const struct config_user *other;
  size_t i, k;

  other = config_users_find (config, CONFIG_BY_NAME, user->name);
  if (other)
    return conf_fail (place, "user '%s' is repeated: %s has one of this"
                      " name; keep one of the two", user->name, other->file);
  user->file = strdup (place->file);
  if (!user->file)
    return gpg_error_from_syserror ();
  for (i = 0; i < user->n_until; i++)
    for (k = 0; k < user->groups.n; k++)
      if (!strcmp (user->until[i].group, user->groups.item[k]))
        return conf_fail (place, "the user '%s' is in the group '%s'"
                          " without an end and with one; keep one of the"
                          " two", user->name, user->until[i].group);
  if (!*user->fpr)
    return conf_fail (place, "the user '%s' has no key;"
                      " add key = 'FINGERPRINT'", user->name);
  other = config_users_find (config, CONFIG_BY_FPR, user->fpr);
  if (other)
    return conf_fail (place, "the key of '%s' is also that of '%s' in"
                      " %s; each person needs their own", user->name,
                      other->name, other->file);
  if (user->door
      && config_door_by_name (config, user->door) == CONFIG_MAX_DOORS)
    return conf_fail (place, "the user '%s' is tied to the door '%s',"
                      " which does not exist; 'postern-keys door add"
                      " %s' makes it", user->name, user->door, user->door);
  return config_users_enter (config);
}


CONFIG_FINISH (rule)
{
  config_t config = root;
  struct config_rule *rule = object;
  gpg_error_t err = config_finish_approval (place, rule);

  if (!err)
    err = config_backend_finish_rule (place, rule);
  if (err)
    return err;
  if (!rule->groups.n && !rule->users.n)
    return conf_fail (place, "the rule '%s' is for nobody;"
                      " add groups or users", rule->name);
  if (!rule->ports.n)
    return conf_fail (place, "the rule '%s' opens nothing; add ports",
                      rule->name);
  if (!rule->max_time)
    rule->max_time = rule->default_time > 60 ? rule->default_time : 60;
  if (!rule->default_time)
    rule->default_time = rule->max_time < 30 ? rule->max_time : 30;
  if (rule->default_time > rule->max_time)
    return conf_fail (place, "the default-time of the rule '%s' is longer"
                      " than its max-time", rule->name);
  return config_require_check (place, config, "rule", rule->name,
                               &rule->require);
}
