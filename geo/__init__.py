"""The domain: tables and arrays in, arrays out. No web, no Folium."""
