/* secret.c - Memory that is locked, and wiped when it is released.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Built on the secure memory of libgcrypt.  It must never fall back to
 * memory that could be swapped out.  */

#include "secret.h"

#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <gcrypt.h>

#define LEAST_GCRYPT "1.10.0"


/* Allow no core file, and no other process of the user to read our
   memory.  */
static gpg_error_t
forbid_dumps (void)
{
  const struct rlimit none = { 0, 0 };

  if (setrlimit (RLIMIT_CORE, &none) || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0))
    return gpg_error_from_syserror ();
  return 0;
}


gpg_error_t
secret_init (size_t pool)
{
  gpg_error_t err;

  err = forbid_dumps ();
  if (err)
    return err;
  if (!gcry_check_version (LEAST_GCRYPT))
    return gpg_error (GPG_ERR_UNKNOWN_VERSION);
  if (gcry_control (GCRYCTL_INITIALIZATION_FINISHED_P))
    return 0;
  if (pool > INT_MAX)
    return gpg_error (GPG_ERR_INV_ARG);
  /* If memory cannot be locked, libgcrypt would only print a warning and
     carry on; here that is an error.  */
  gcry_control (GCRYCTL_DISABLE_SECMEM_WARN);
  if (gcry_control (GCRYCTL_INIT_SECMEM, (int)pool, 0))
    return gpg_error (GPG_ERR_ENOMEM);
  gcry_control (GCRYCTL_INITIALIZATION_FINISHED, 0);
  return 0;
}


const char *
secret_why (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_ENOMEM
    ? "memory for secrets cannot be locked; raise the limit (ulimit -l,"
      " LimitMEMLOCK=), or give it CAP_IPC_LOCK" : gpg_strerror (err);
}


void *
secret_alloc (size_t len)
{
  return gcry_calloc_secure (1, len ? len : 1);
}


void
secret_release (void *p)
{
  /* libgcrypt wipes secure memory when it is freed.  */
  gcry_free (p);
}


void
secret_wipe (void *p, size_t len)
{
  if (len)
    explicit_bzero (p, len);
}


bool
secret_equal (const void *a, const void *b, size_t len)
{
  const volatile unsigned char *x = a, *y = b;
  unsigned int differ = 0;
  size_t i;

  for (i = 0; i < len; i++)
    differ |= (unsigned int)(x[i] ^ y[i]);
  return !differ;
}


void
secret_random (void *p, size_t len)
{
  /* The kernel seeds the generator.  VERY_STRONG would also use the jitter of
     the CPU, and keep the 128 KiB that collecting it needs.  */
  if (len)
    gcry_randomize (p, len, GCRY_STRONG_RANDOM);
}
