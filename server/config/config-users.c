/* config-users.c - People by name and fingerprint; one more or less of them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two orders are kept as numbers, which stay true where the array moves.  A
 * user comes into both where their section ends (config_finish_user), if nobody
 * there has the same name or fingerprint.  */

#include "config-parts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/array.h"


/* What ORDER sorts USER by.  */
static const char *
order_text (const struct config_user *user, enum config_order order)
{
  return order == CONFIG_BY_FPR ? user->fpr : user->name;
}


/* Where in ORDER the user with TEXT stands, or would.  */
static size_t
find_place (const struct config_s *config, enum config_order order,
            const char *text)
{
  const uint32_t *number = config->order[order];
  size_t first = 0, end = config->n_ordered, middle;

  while (first < end)
    {
      middle = first + (end - first) / 2;
      if (strcmp (order_text (config->user + number[middle], order), text) < 0)
        first = middle + 1;
      else
        end = middle;
    }
  return first;
}


const struct config_user *
config_users_find (const struct config_s *config, enum config_order order,
                   const char *text)
{
  size_t place = find_place (config, order, text);
  const struct config_user *user;

  if (place == config->n_ordered)
    return NULL;
  user = config->user + config->order[order][place];
  return strcmp (order_text (user, order), text) ? NULL : user;
}


/* While files are read the order does not have all.  */
static const struct config_user *
find_user (const struct config_s *config, enum config_order order,
           const char *text)
{
  size_t i;

  if (config->n_ordered == config->n_users)
    return config_users_find (config, order, text);
  for (i = 0; i < config->n_users; i++)
    if (!strcmp (order_text (config->user + i, order), text))
      return config->user + i;
  return NULL;
}


const struct config_user *
config_user_by_fpr (config_t config, const char *fpr)
{
  return find_user (config, CONFIG_BY_FPR, fpr);
}


const struct config_user *
config_user_by_name (config_t config, const char *name)
{
  return find_user (config, CONFIG_BY_NAME, name);
}


gpg_error_t
config_users_enter (config_t config)
{
  const struct config_user *user = config->user + config->n_users - 1;
  gpg_error_t err = 0;
  uint32_t *number;
  size_t i, place;

  for (i = 0; !err && i < CONFIG_ORDERS; i++)
    err = array_grow (&config->order[i], config->n_ordered, sizeof *number);
  for (i = 0; !err && i < CONFIG_ORDERS; i++)
    {
      number = config->order[i];
      place = find_place (config, i, order_text (user, i));
      memmove (number + place + 1, number + place,
               (config->n_ordered - place) * sizeof *number);
      number[place] = (uint32_t)(config->n_users - 1);
    }
  if (!err)
    config->n_ordered++;
  return err;
}


/* Take the user of number I out of the order, if they have come into it.  The
   numbers of those behind stay: see close_gap.  */
static void
drop_from_order (config_t config, size_t i)
{
  size_t k, from, to = config->n_ordered;

  for (k = 0; k < CONFIG_ORDERS; k++)
    for (from = to = 0; from < config->n_ordered; from++)
      if (config->order[k][from] != i)
        config->order[k][to++] = config->order[k][from];
  config->n_ordered = to;
}


gpg_error_t
config_add_user (config_t config, const char *name, const void *text,
                 size_t len, char **r_message)
{
  gpg_error_t err;
  size_t before = config->n_users, i;
  char *path;

  *r_message = NULL;
  if (asprintf (&path, "%s/users.d/%s.conf", config->dir, name) < 0)
    return gpg_error_from_syserror ();
  err = conf_parse (path, text, len, &config_grammar_users, config,
                    r_message);
  for (i = before; err && i < config->n_users; i++)
    drop_from_order (config, i);
  while (err && config->n_users > before)
    conf_release (config_user_options, NULL,
                  config->user + --config->n_users);
  free (path);
  return err;
}


/* The users behind number I move up by one.  */
static void
close_gap (config_t config, size_t i)
{
  size_t k, n;

  for (k = 0; k < CONFIG_ORDERS; k++)
    for (n = 0; n < config->n_ordered; n++)
      config->order[k][n] -= config->order[k][n] > i;
}


gpg_error_t
config_end_user (config_t config, const char *name, const char *fpr,
                 uint64_t now)
{
  struct config_user *user = (struct config_user *)
    config_user_by_name (config, name);

  if (!user || strcmp (user->fpr, fpr))
    return gpg_error (GPG_ERR_NOT_FOUND);
  if (!user->expires || user->expires > now)
    user->expires = now ? now : 1;      /* 0 would be: never.  */
  return 0;
}


void
config_drop_user (config_t config, const char *name)
{
  const struct config_user *user = config_user_by_name (config, name);
  size_t i;

  if (!user)
    return;
  i = (size_t)(user - config->user);
  drop_from_order (config, i);
  close_gap (config, i);
  conf_release (config_user_options, NULL, config->user + i);
  config->n_users--;
  memmove (config->user + i, config->user + i + 1,
           (config->n_users - i) * sizeof *config->user);
}
