/* fuzz-config.c - Any text to each of the configuration's grammars.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/conf/conf-files.h"
#include "../../server/config/config-parts.h"

#define TRAP "expanded-from-the-environment"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Nothing of the environment may have come into what was read.  */
static void
check_no_trap (config_t config)
{
  size_t i;

  if ((config->host && strstr (config->host, TRAP))
      || strstr (config->state, TRAP))
    abort ();
  for (i = 0; i < config->n_ldaps; i++)
    if ((config->ldap[i].bind_dn && strstr (config->ldap[i].bind_dn, TRAP))
        || (config->ldap[i].base && strstr (config->ldap[i].base, TRAP)))
      abort ();
  for (i = 0; i < config->n_users; i++)
    if (strstr (config->user[i].name, TRAP)
        || (config->user[i].door && strstr (config->user[i].door, TRAP)))
      abort ();
}

static void
one (const uint8_t *data, size_t size, const struct conf_grammar *grammar)
{
  config_t config = calloc (1, sizeof *config);
  char *message = NULL;
  struct conf_place place = { "fuzz", 0, NULL, &message };
  gpg_error_t err;

  if (!config)
    abort ();
  if (conf_preset (&place, config_posternd_options, config))
    abort ();
  err = conf_parse ("fuzz", data, size, grammar, config, &message);
  if (err && !message)
    abort ();                   /* Each refusal says why.  */
  if (message && (!err || strchr (message, '\n')))
    abort ();
  if (!memmem (data, size, TRAP, strlen (TRAP)))
    check_no_trap (config);
  config_release (config);
  free (message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size > CONF_MAX_FILE)
    return 0;
  setenv ("HOME", "/" TRAP, 1);
  setenv ("X", TRAP, 1);
  one (data, size, &config_grammar_posternd);
  one (data, size, &config_grammar_doors);
  one (data, size, &config_grammar_access);
  one (data, size, &config_grammar_users);
  return 0;
}
