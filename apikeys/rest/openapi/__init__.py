"""The OpenAPI document of all REST APIs: `document` puts it together, each API adds its part."""
