# Part of the Dockerfile, read by its scripts: apt trusts whom the host trusts, and knows what there is to install.
mkdir -p /var/cache/apt /build
: > /build/apt.conf
[ ! -s /trust/ca.pem ] || echo 'Acquire::https::CaInfo "/trust/ca.pem";' > /build/apt.conf
export APT_CONFIG=/build/apt.conf DEBIAN_FRONTEND=noninteractive
apt-get update -qq
