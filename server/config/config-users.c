/* config-users.c - People by their fingerprints, and one more or less of them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order is kept as numbers, which stay true where the array moves.  Each
 * fingerprint is there once (config_finish_user).  */

#include "config-parts.h"

#include <stdlib.h>
#include <string.h>


/* Where in BY_FPR the user with FPR stands, or would.  */
static size_t
find_place (const struct config_s *config, const char *fpr)
{
  size_t first = 0, end = config->n_by_fpr, middle;

  while (first < end)
    {
      middle = first + (end - first) / 2;
      if (strcmp (config->user[config->by_fpr[middle]].fpr, fpr) < 0)
        first = middle + 1;
      else
        end = middle;
    }
  return first;
}


/* While files are read there is no order yet.  */
static const struct config_user *
find_in_turn (const struct config_s *config, const char *fpr)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (!strcmp (config->user[i].fpr, fpr))
      return config->user + i;
  return NULL;
}


const struct config_user *
config_user_by_fpr (config_t config, const char *fpr)
{
  const struct config_user *user;
  size_t place;

  if (config->n_by_fpr != config->n_users)
    return find_in_turn (config, fpr);
  place = find_place (config, fpr);
  if (place == config->n_by_fpr)
    return NULL;
  user = config->user + config->by_fpr[place];
  return strcmp (user->fpr, fpr) ? NULL : user;
}


static int
compare_by_fpr (const void *a, const void *b, void *hook)
{
  const struct config_user *user = hook;

  return strcmp (user[*(const uint32_t *)a].fpr,
                 user[*(const uint32_t *)b].fpr);
}


gpg_error_t
config_users_order (config_t config)
{
  uint32_t *more = reallocarray (config->by_fpr, config->n_users + 1,
                                 sizeof *more);
  size_t i;

  if (!more)
    return gpg_error_from_syserror ();
  config->by_fpr = more;
  for (i = 0; i < config->n_users; i++)
    more[i] = (uint32_t)i;
  qsort_r (more, config->n_users, sizeof *more, compare_by_fpr,
           config->user);
  config->n_by_fpr = config->n_users;
  return 0;
}


/* The same where only the users from number BEFORE on are new: usually one of
   thousands, many times.  */
static gpg_error_t
order_new_users (config_t config, size_t before)
{
  uint32_t *more;
  size_t place;

  if (config->n_by_fpr != before)
    return config_users_order (config);
  more = reallocarray (config->by_fpr, config->n_users + 1, sizeof *more);
  if (!more)
    return gpg_error_from_syserror ();
  config->by_fpr = more;
  for (; before < config->n_users; before++)
    {
      place = find_place (config, config->user[before].fpr);
      memmove (more + place + 1, more + place,
               (config->n_by_fpr - place) * sizeof *more);
      more[place] = (uint32_t)before;
      config->n_by_fpr++;
    }
  return 0;
}


gpg_error_t
config_add_user (config_t config, const char *name, const void *text,
                 size_t len, char **r_message)
{
  gpg_error_t err;
  size_t before = config->n_users;
  char *path;

  *r_message = NULL;
  if (asprintf (&path, "%s/users.d/%s.conf", config->dir, name) < 0)
    return gpg_error_from_syserror ();
  err = conf_parse (path, text, len, &config_grammar_users, config,
                    r_message);
  if (!err)
    err = order_new_users (config, before);
  while (err && config->n_users > before)
    conf_release (config_user_options, NULL,
                  config->user + --config->n_users);
  free (path);
  return err;
}


/* Take the user of number I, of whom there is one, out of the order.  */
static void
drop_from_order (config_t config, size_t i)
{
  size_t from, to = 0;

  if (config->n_by_fpr != config->n_users)
    return;
  for (from = 0; from < config->n_by_fpr; from++)
    if (config->by_fpr[from] != i)
      {
        config->by_fpr[to] = config->by_fpr[from]
          - (config->by_fpr[from] > i);
        to++;
      }
  config->n_by_fpr = to;
}


void
config_drop_user (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (!strcmp (config->user[i].name, name))
      {
        drop_from_order (config, i);
        conf_release (config_user_options, NULL, config->user + i);
        config->n_users--;
        memmove (config->user + i, config->user + i + 1,
                 (config->n_users - i) * sizeof *config->user);
        return;
      }
}
