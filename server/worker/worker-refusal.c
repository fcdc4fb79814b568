/* worker-refusal.c - What an error of OpenPGP means for the audit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In a file of its own, because explain uses it for gpg's verdicts too.  */

#include "worker.h"


struct reason
{
  gpg_err_code_t code;
  enum refusal refusal;
};


static enum refusal
find_reason (const struct reason *table, size_t n, gpg_error_t err,
             enum refusal other)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (table[i].code == gpg_err_code (err))
      return table[i].refusal;
  return other;
}


enum refusal
worker_refusal_of_unseal (gpg_error_t err)
{
  static const struct reason table[] =
    {
      { GPG_ERR_NO_ERROR,       REFUSAL_NONE },
      { GPG_ERR_NO_SECKEY,      REFUSAL_NOT_FOR_US },
      { GPG_ERR_WRONG_SECKEY,   REFUSAL_HIDDEN },
      { GPG_ERR_TIMEOUT,        REFUSAL_UNSEAL_DEADLINE },
      { GPG_ERR_TOO_LARGE,      REFUSAL_DECRYPT },
      { GPG_ERR_DECRYPT_FAILED, REFUSAL_DECRYPT }
    };

  return find_reason (table, sizeof table / sizeof *table, err,
                      REFUSAL_UNSEAL_FAILED);
}


enum refusal
worker_refusal_of_verify (gpg_error_t err)
{
  static const struct reason table[] =
    {
      { GPG_ERR_NO_ERROR,        REFUSAL_NONE },
      { GPG_ERR_NO_PUBKEY,       REFUSAL_UNKNOWN_KEY },
      { GPG_ERR_BAD_SIGNATURE,   REFUSAL_BAD_SIGNATURE },
      { GPG_ERR_KEY_EXPIRED,     REFUSAL_KEY_EXPIRED },
      { GPG_ERR_CERT_REVOKED,    REFUSAL_KEY_REVOKED },
      { GPG_ERR_KEY_DISABLED,    REFUSAL_KEY_DISABLED },
      { GPG_ERR_WRONG_KEY_USAGE, REFUSAL_KEY_USAGE },
      { GPG_ERR_DIGEST_ALGO,     REFUSAL_WEAK_DIGEST },
      { GPG_ERR_SIG_EXPIRED,     REFUSAL_SIGNATURE_EXPIRED },
      { GPG_ERR_TIME_CONFLICT,   REFUSAL_KEY_EARLY },
      { GPG_ERR_AMBIGUOUS_NAME,  REFUSAL_KEY_SHARED },
      { GPG_ERR_TIMEOUT,         REFUSAL_VERIFY_DEADLINE },
      { GPG_ERR_GENERAL,         REFUSAL_SIGNATURE_STATE },
      { GPG_ERR_PUBKEY_ALGO,     REFUSAL_SIGNATURE_STATE },
      { GPG_ERR_UNKNOWN_VERSION, REFUSAL_SIGNATURE_STATE },
      { GPG_ERR_BAD_DATA,        REFUSAL_SIGNATURE_STATE },
      { GPG_ERR_TOO_LARGE,       REFUSAL_SIGNATURE_STATE }
    };

  return find_reason (table, sizeof table / sizeof *table, err,
                      REFUSAL_VERIFY_FAILED);
}
